import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { Health } from "@/api/generated/wattwarden";
import { startSession } from "@/features/auth/session";
import { HealthFooter } from "@/features/shell/health-footer";
import { messages } from "@/lib/messages";
import { renderPage } from "../../../test/render";
import { server } from "../../../test/server";

const health: Health = {
  status: "ok",
  database: true,
  meters: 24,
  silent_meters: 0,
  faults: {
    silent: 0,
    stuck: 0,
    clock_wrong: 0,
    implausible: 0,
    contradicting: 0,
    replay_failing: 0,
  },
  last_reading_received: null,
  outbox_waiting: 0,
  messages_failed: 0,
  quarantined: 0,
  model_version: null,
  model_share_last_hour: null,
};

function show(answer: Health) {
  server.use(http.get("*/api/v1/health", () => HttpResponse.json(answer)));
  renderPage(<HealthFooter />);
}

beforeEach(() =>
  startSession({
    idToken: "id",
    accessToken: "access",
    refreshToken: "refresh",
    expiresAt: Date.now() + 3_600_000,
  }),
);

it("says that rules judge while no model is trained", async () => {
  show(health);
  expect(await screen.findByText("rules judge until the first model is trained")).toBeVisible();
});

it("says that people were not told", async () => {
  show({ ...health, messages_failed: 2 });
  expect(await screen.findByText(messages.footer.failed(2))).toBeVisible();
});

it("names the model that judges", async () => {
  show({ ...health, model_version: "wattwarden-1" });
  expect(await screen.findByText(messages.footer.modelIdle("wattwarden-1"))).toBeVisible();
});
