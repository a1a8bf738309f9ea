import { describe, expect, it } from "vitest";
import { deviationKw, groupRooms, totalsOf } from "@/lib/rooms";
import { room } from "../../test/fixtures";

const hostel = [
  room({ room_id: 1, block: "A", floor: 0, name: "A-001", power_kw: 0.5 }),
  room({ room_id: 2, block: "A", floor: 1, name: "A-102", power_kw: 0.25 }),
  room({ room_id: 3, block: "A", floor: 1, name: "A-110", power_kw: 0.6 }),
  room({ room_id: 4, block: "B", floor: 2, name: "B-201", worst_severity: "low", open_alerts: 1 }),
  room({
    room_id: 5,
    block: "B",
    floor: 3,
    name: "B-301",
    power_kw: 2.3,
    worst_severity: "critical",
    open_alerts: 2,
  }),
  room({ room_id: 6, block: "B", floor: 3, name: "B-302", health: "silent", power_kw: 0.4 }),
];

describe("groupRooms", () => {
  it("loses and doubles no room", () => {
    const ids = groupRooms(hostel)
      .flatMap((block) => block.floors)
      .flatMap((floor) => floor.rooms)
      .map((each) => each.room_id);
    expect(ids.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("sums floors to their block and blocks to the hostel", () => {
    const blocks = groupRooms(hostel);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    for (const block of blocks) {
      expect(sum(block.floors.map((floor) => floor.totals.powerKw))).toBeCloseTo(
        block.totals.powerKw,
        9,
      );
    }
    const whole = totalsOf(hostel);
    expect(sum(blocks.map((block) => block.totals.powerKw))).toBeCloseTo(whole.powerKw, 9);
    expect(sum(blocks.map((block) => block.totals.expectedKw ?? 0))).toBeCloseTo(
      whole.expectedKw ?? 0,
      9,
    );
    expect(sum(blocks.map((block) => block.totals.openAlerts))).toBe(whole.openAlerts);
    expect(sum(blocks.map((block) => block.totals.silentMeters))).toBe(whole.silentMeters);
  });

  it("puts the worst block, floor and room first", () => {
    const [first] = groupRooms(hostel);
    expect(first?.block).toBe("B");
    expect(first?.floors.map((floor) => floor.floor)).toEqual([3, 2]);
    expect(first?.floors[0]?.rooms.map((each) => each.name)).toEqual(["B-301", "B-302"]);
  });

  it("settles equal severity by the kW outside the band, and calm blocks by name", () => {
    const blocksOf = (rooms: ReturnType<typeof room>[]) =>
      groupRooms(rooms).map((group) => group.block);
    const calm = room({ block: "A", power_kw: 0.5 });
    const heavy = room({ block: "B", power_kw: 3 });
    expect(blocksOf([calm, heavy])).toEqual(["A", "B"]);
    const alerted = [calm, heavy].map((each) => ({ ...each, worst_severity: "high" as const }));
    expect(blocksOf(alerted)).toEqual(["B", "A"]);
  });

  it("keeps equal rooms in the order of their numbers", () => {
    const rooms = ["A-10", "A-2", "A-1"].map((name, index) => room({ room_id: index, name }));
    const names = groupRooms(rooms)[0]?.floors[0]?.rooms.map((each) => each.name);
    expect(names).toEqual(["A-1", "A-2", "A-10"]);
  });
});

describe("totalsOf", () => {
  it("leaves a silent meter's last power out of both power and expectation", () => {
    const totals = totalsOf([room(), room({ health: "silent", power_kw: 9, expected_kw: 9 })]);
    expect(totals).toMatchObject({ powerKw: 0.5, expectedKw: 0.4, reporting: 1, silentMeters: 1 });
  });

  it("knows no expectation while every room is still learning", () => {
    const learning = { expected_kw: null, expected_low_kw: null, expected_high_kw: null };
    expect(totalsOf([room(learning)]).expectedKw).toBeNull();
  });

  it("does not count a room without a meter as silent", () => {
    expect(totalsOf([room({ meter: null, health: "never_seen" })]).silentMeters).toBe(0);
  });
});

describe("deviationKw", () => {
  it("is zero inside the band and signed outside", () => {
    expect(deviationKw(room({ power_kw: 0.7 }))).toBe(0);
    expect(deviationKw(room({ power_kw: 1 }))).toBeCloseTo(0.3, 9);
    expect(deviationKw(room({ power_kw: 0.1 }))).toBeCloseTo(-0.1, 9);
  });
});
