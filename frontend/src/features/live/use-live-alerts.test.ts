import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { createElement, type PropsWithChildren } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import { inboxOptions } from "@/api/queries";
import { startSession } from "@/features/auth/session";
import { useLive } from "@/features/live/live-store";
import { parseLiveMessage, takeIn, useLiveAlerts } from "@/features/live/use-live-alerts";
import { messages } from "@/lib/messages";
import { alert } from "../../../test/fixtures";
import { server } from "../../../test/server";

const { queryKey } = inboxOptions(1);
const { sockets } = vi.hoisted(() => ({ sockets: [] as EventTarget[] }));

vi.mock("partysocket", () => ({
  WebSocket: class extends EventTarget {
    constructor() {
      super();
      sockets.push(this);
    }
    close() {}
  },
}));

beforeEach(() => useLive.setState({ arrived: new Set(), announcement: "" }));

function inboxOf(client: QueryClient) {
  return client.getQueryData(queryKey);
}

it("puts a new alert into the inbox and announces it once", () => {
  const client = new QueryClient();
  client.setQueryData(queryKey, []);
  takeIn(client, alert());
  expect(inboxOf(client)).toEqual([alert()]);
  expect(useLive.getState().announcement).toBe(messages.alerts.arrived(alert().title));
  useLive.setState({ announcement: "" });
  takeIn(client, alert({ last_at: "2026-03-01T11:00:00Z" }));
  expect(inboxOf(client)).toHaveLength(1);
  expect(useLive.getState().announcement).toBe("");
});

it("leaves another hostel's inbox alone", () => {
  const client = new QueryClient();
  client.setQueryData(queryKey, []);
  takeIn(client, alert({ hostel_id: 2 }));
  expect(inboxOf(client)).toEqual([]);
});

it("ignores what it does not understand", () => {
  const strange = ["", "pong", "null", "[]", '{"type":"digest"}', new ArrayBuffer(2)];
  expect(strange.map(parseLiveMessage)).toEqual(strange.map(() => null));
  expect(parseLiveMessage(JSON.stringify({ type: "alert", alert: alert() }))?.alert).toEqual(
    alert(),
  );
});

it("fetches what was raised before the socket was open", () => {
  const client = new QueryClient();
  const fetched = vi.spyOn(client, "invalidateQueries");
  const wrapper = ({ children }: PropsWithChildren) =>
    createElement(QueryClientProvider, { client }, children);
  renderHook(useLiveAlerts, { wrapper });
  expect(fetched).not.toHaveBeenCalled();
  sockets.at(-1)?.dispatchEvent(new Event("open"));
  expect(fetched).toHaveBeenCalledWith({ queryKey: ["inbox"] });
  expect(useLive.getState().connection).toBe("open");
});

it("keeps an alert that arrives before an answer that does not know it yet", async () => {
  startSession({
    idToken: "id",
    accessToken: "access",
    refreshToken: "refresh",
    expiresAt: Date.now() + 3_600_000,
  });
  const client = new QueryClient();
  const answers: (() => void)[] = [];
  server.use(
    http.get("*/api/v1/alerts", async () => {
      await new Promise<void>((answer) => answers.push(answer));
      return HttpResponse.json({ alerts: [], next_before: null });
    }),
  );
  const inbox = client.fetchQuery(inboxOptions(1));
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  takeIn(client, alert());
  takeIn(client, alert({ alert_id: "elsewhere", hostel_id: 2 }));
  for (const answer of answers) answer();
  expect(await inbox).toEqual([alert()]);
});
