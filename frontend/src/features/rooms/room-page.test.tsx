import { screen, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it, vi } from "vitest";
import { startSession } from "@/features/auth/session";
import { RoomPage } from "@/features/rooms/room-page";
import { messages } from "@/lib/messages";
import { MANAGER, point, room } from "../../../test/fixtures";
import { renderPage } from "../../../test/render";
import { problem, server } from "../../../test/server";

// A canvas cannot be drawn in jsdom; the chart's numbers are tested in lib/series and stand in the table below it.
vi.mock("@/charts/band-chart", () => ({ default: () => <div>chart</div> }));

const HOUR_MS = 3_600_000;

function hoursAgo(hours: number): string {
  return new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - hours * HOUR_MS).toISOString();
}

const SERIES = {
  room_id: 1,
  timezone: "Asia/Kolkata",
  resolution: "hour",
  points: [point(hoursAgo(3), 0.5), point(hoursAgo(2), 0.75)],
};

beforeEach(() => {
  startSession({
    idToken: "id",
    accessToken: "access",
    refreshToken: "refresh",
    expiresAt: Date.now() + HOUR_MS,
  });
  server.use(
    http.get("*/api/v1/rooms/1", () => HttpResponse.json(room({ power_kw: 1.2 }))),
    http.get("*/api/v1/rooms/1/series", () => HttpResponse.json(SERIES)),
    http.get("*/api/v1/anomalies", () => HttpResponse.json({ anomalies: [], next_before: null })),
    http.get("*/api/v1/rooms/1/readings", () =>
      HttpResponse.json({ readings: [], next_before: null }),
    ),
  );
});

function renderRoom() {
  renderPage(<RoomPage roomId={1} period="24h" onPeriod={vi.fn()} />);
}

it("shows the room against its expectation, the period's total and its alerts", async () => {
  renderRoom();
  expect(await screen.findByRole("heading", { name: "Room A-001" })).toBeInTheDocument();
  expect(screen.getByText(messages.room.above("0.50 kW"))).toBeInTheDocument();
  expect(await screen.findByText(messages.series.total("1.25 kWh"))).toBeInTheDocument();
  const table = screen.getByRole("table", { name: messages.series.title, hidden: true });
  expect(within(table).getAllByRole("row", { hidden: true })).toHaveLength(3);
  expect(await screen.findByRole("article")).toHaveTextContent("27.20");
});

it("shows a warden days and no single readings", async () => {
  server.use(
    http.get("*/api/v1/me", () =>
      HttpResponse.json({ ...MANAGER, role: "warden", may: ["acknowledge", "enter_occupancy"] }),
    ),
    http.get("*/api/v1/rooms/1/series", () =>
      HttpResponse.json({ ...SERIES, resolution: "day", points: [point(hoursAgo(50), 5)] }),
    ),
    http.get("*/api/v1/rooms/1/readings", () => problem(403, "not for wardens")),
  );
  renderRoom();
  expect(await screen.findByText(messages.series.daily)).toBeInTheDocument();
  expect(screen.getByText(messages.room.readingsHidden)).toBeInTheDocument();
  expect(screen.queryByRole("radio", { name: "24 h" })).not.toBeInTheDocument();
});

it("says when there is no such room", async () => {
  server.use(http.get("*/api/v1/rooms/1", () => problem(404, "there is no room 1")));
  renderRoom();
  expect(await screen.findByText("there is no room 1")).toBeInTheDocument();
});
