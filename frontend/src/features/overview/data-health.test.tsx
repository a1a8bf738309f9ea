import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { FaultOut } from "@/api/generated/wattwarden";
import { startSession } from "@/features/auth/session";
import { DataHealth } from "@/features/overview/data-health";
import { messages } from "@/lib/messages";
import { fault } from "../../../test/fixtures";
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

function answer(faults: FaultOut[]) {
  const counts = {
    silent: 0,
    stuck: 0,
    clock_wrong: 0,
    implausible: 0,
    contradicting: 0,
    replay_failing: 0,
  };
  for (const { kind } of faults) counts[kind] += 1;
  server.use(http.get("*/api/v1/data-health", () => HttpResponse.json({ faults, counts })));
  renderPage(<DataHealth hostelId={1} />);
}

const card = () => screen.findByRole("region", { name: messages.dataHealth.title });

it("names the meter, its room, what is wrong and for how long", async () => {
  const since = new Date(Date.now() - 3 * 3_600_000).toISOString();
  answer([fault({ kind: "stuck", detail: "It repeats one value.", since })]);
  const row = await within(await card()).findByRole("listitem");
  expect(row).toHaveTextContent("stuck");
  expect(row).toHaveTextContent("Room A-001, meter WW-1001");
  expect(row).toHaveTextContent("It repeats one value.");
  expect(row).toHaveTextContent("for 3 h");
});

it("names each meter whose past is not worked out, though all of them are silent", async () => {
  const detail =
    "What follows from this meter's corrected readings could not be worked out; " +
    "it is tried again at 14:05. ValueError: these facts cannot be read";
  const place = { room_id: null, room: null, meter_id: null, meter: null };
  answer([
    fault({ ...place, scope: "hostel", block: null, meters: 2 }),
    fault({ kind: "replay_failing", detail }),
    fault({ kind: "replay_failing", meter_id: 2, meter: "WW-1002", detail }),
  ]);
  const rows = await within(await card()).findAllByRole("listitem");
  expect(rows).toHaveLength(3);
  expect(rows[1]).toHaveTextContent("past not worked out");
  expect(rows[1]).toHaveTextContent("Room A-001, meter WW-1001");
  expect(rows[1]).toHaveTextContent("it is tried again at 14:05. ValueError");
  expect(rows[2]).toHaveTextContent("meter WW-1002");
  expect(within(rows[1] as HTMLElement).getByText("past not worked out")).toHaveClass("text-stale");
});

it("tells a silent hostel and a silent block in one row each", async () => {
  const nobody = { room_id: null, room: null, meter_id: null, meter: null };
  answer([
    fault({ ...nobody, scope: "hostel", block: null, meters: 500 }),
    fault({ ...nobody, scope: "block", block: "B", meters: 20 }),
  ]);
  const rows = await within(await card()).findAllByRole("listitem");
  expect(rows.map((row) => row.textContent)).toEqual([
    expect.stringContaining(messages.dataHealth.wholeHostel),
    expect.stringContaining("Block B"),
  ]);
  expect(await card()).toHaveTextContent("520 meters");
});

it("shows the first ones until asked for all", async () => {
  answer(Array.from({ length: 9 }, (_, meter_id) => fault({ meter_id })));
  expect(await within(await card()).findAllByRole("listitem")).toHaveLength(6);
  await userEvent.click(screen.getByRole("button", { name: messages.dataHealth.showAll(9) }));
  expect(within(await card()).getAllByRole("listitem")).toHaveLength(9);
});

it("shows the server's words when it fails", async () => {
  server.use(http.get("*/api/v1/data-health", () => problem(503, "The database restarts.")));
  renderPage(<DataHealth hostelId={1} />);
  expect(await screen.findByText("The database restarts.")).toBeInTheDocument();
});
