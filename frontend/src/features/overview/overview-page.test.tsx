import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it, vi } from "vitest";
import { startSession } from "@/features/auth/session";
import { OverviewPage } from "@/features/overview/overview-page";
import { messages } from "@/lib/messages";
import { alert, MANAGER, room } from "../../../test/fixtures";
import { renderPage } from "../../../test/render";
import { problem, server } from "../../../test/server";

beforeEach(() =>
  startSession({
    idToken: "id",
    accessToken: "access",
    refreshToken: "refresh",
    expiresAt: Date.now() + 3_600_000,
  }),
);

function renderOverview() {
  return renderPage(<OverviewPage hostelId={undefined} onSelect={vi.fn()} />);
}

it("shows the rooms, the sums and the open alert with its money", async () => {
  renderOverview();
  expect(await screen.findByRole("heading", { name: "Ganga Hostel" })).toBeInTheDocument();
  expect(screen.getByRole("region", { name: messages.summary.powerNow })).toHaveTextContent(
    "0.50 kW",
  );
  const inbox = screen.getByRole("region", { name: messages.alerts.inbox });
  const card = await within(inbox).findByRole("article");
  expect(card).toHaveTextContent("1.92 kW against 0.31 kW expected");
  expect(card).toHaveTextContent("₹27.20");
  expect(screen.getByRole("link", { name: /A-001.*3 of 4 beds occupied/ })).toHaveAttribute(
    "href",
    "/rooms/1",
  );
});

it("shows an alert of unknown energy with what is known of it, and no money", async () => {
  const unknown = alert({
    title: "Voltage far too low",
    why: "172 V. Its energy is unknown.",
    peak_kw: null,
    measured: { quantity: "power", value: null, expected: 0.31 },
    excess_kwh: null,
    cost: null,
  });
  server.use(
    http.get("*/api/v1/alerts", ({ request }) => {
      const open = new URL(request.url).searchParams.get("state") === "open";
      return HttpResponse.json({ alerts: open ? [unknown] : [], next_before: null });
    }),
  );
  renderOverview();
  const card = await screen.findByRole("article");
  expect(card).toHaveTextContent("power unknown, 0.31 kW expected");
  expect(card).toHaveTextContent(messages.alerts.energyUnknown);
  expect(card).not.toHaveTextContent(/NaN|null|₹|0\.00/);
  const avoidable = screen.getByRole("region", { name: messages.summary.avoidable });
  expect(avoidable).toHaveTextContent("Avoidable—energy unknown");
});

it("says how long a meter has been silent instead of showing its old power", async () => {
  server.use(
    http.get("*/api/v1/hostels/1/rooms", () =>
      HttpResponse.json({ rooms: [room({ health: "never_seen", last_seen: null })] }),
    ),
  );
  renderOverview();
  const tile = await screen.findByRole("link", { name: /A-001/ });
  expect(tile).toHaveTextContent(messages.rooms.neverSeen);
  expect(tile).not.toHaveTextContent("0.50 kW");
});

it("shows the server's words when the rooms cannot be loaded", async () => {
  server.use(http.get("*/api/v1/hostels/1/rooms", () => problem(503, "The database restarts.")));
  renderOverview();
  expect(await screen.findByText("The database restarts.")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: messages.common.retry })).toBeInTheDocument();
});

it("tells a person without a hostel what to do", async () => {
  server.use(http.get("*/api/v1/hostels", () => HttpResponse.json([])));
  renderOverview();
  expect(await screen.findByText(messages.rooms.noHostelDetail)).toBeInTheDocument();
});

it("acknowledges at once", async () => {
  const confirmed = alert({
    state: "acknowledged",
    acknowledged_by: "Asha Rao",
    acknowledged_at: "2026-03-01T10:05:00Z",
  });
  server.use(http.post("*/api/v1/alerts/:id/acknowledge", () => HttpResponse.json(confirmed)));
  renderOverview();
  await userEvent.click(await screen.findByRole("button", { name: messages.alerts.acknowledge }));
  expect(await screen.findByText(messages.alerts.acknowledgedBy("Asha Rao"))).toBeInTheDocument();
});

it("takes the acknowledgement back when the server refuses, and says why", async () => {
  server.use(http.post("*/api/v1/alerts/:id/acknowledge", () => problem(409, "Meera was first.")));
  renderOverview();
  await userEvent.click(await screen.findByRole("button", { name: messages.alerts.acknowledge }));
  expect(await screen.findByText(/Meera was first/)).toBeInTheDocument();
  expect(screen.getByRole("button", { name: messages.alerts.acknowledge })).toBeInTheDocument();
});

it("offers a viewer nothing to press", async () => {
  server.use(
    http.get("*/api/v1/me", () => HttpResponse.json({ ...MANAGER, role: "viewer", may: [] })),
  );
  renderOverview();
  await screen.findByRole("article");
  await vi.waitFor(() =>
    expect(
      screen.queryByRole("button", { name: messages.alerts.acknowledge }),
    ).not.toBeInTheDocument(),
  );
});
