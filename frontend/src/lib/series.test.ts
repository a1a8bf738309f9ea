import { describe, expect, it } from "vitest";
import type { SeriesOut } from "@/api/generated/wattwarden";
import { anomalySpans, bucketsOf, periodsFor, rangeOf, totalKwh } from "@/lib/series";
import { anomaly, point } from "../../test/fixtures";

const HOUR = 3_600_000;
const at = (clock: string) => Date.parse(`2026-03-01T${clock}:00Z`);

function hourly(clocks: string[]): SeriesOut {
  return {
    room_id: 1,
    timezone: "Asia/Kolkata",
    resolution: "hour",
    points: clocks.map((clock) => point(`2026-03-01T${clock}:00Z`, 0.5)),
  };
}

describe("rangeOf", () => {
  it("ends at the last complete hour and is the same all through the next", () => {
    const range = rangeOf("24h", at("10:59"));
    expect(range).toEqual({ from: "2026-02-28T10:00:00.000Z", to: "2026-03-01T10:00:00.000Z" });
    expect(rangeOf("24h", at("10:01"))).toEqual(range);
  });
});

describe("periodsFor", () => {
  it("offers no single day to roles that see days only", () => {
    expect(periodsFor(["acknowledge"])).toEqual(["7d", "30d"]);
    expect(periodsFor([])).toEqual(["7d", "30d"]);
    expect(periodsFor(["read_raw"])).toContain("24h");
  });
});

describe("bucketsOf", () => {
  it("leaves out the hour under way", () => {
    const buckets = bucketsOf(hourly(["08:00", "09:00", "10:00"]), at("10:30"));
    expect(buckets.map(({ from }) => from)).toEqual([at("08:00"), at("09:00")]);
  });

  it("does not stretch an hour over a gap", () => {
    const [beforeGap] = bucketsOf(hourly(["06:00", "09:00"]), at("12:00"));
    expect(beforeGap).toMatchObject({ from: at("06:00"), to: at("07:00") });
  });

  it("gives the day of a clock change its 25 hours", () => {
    const series: SeriesOut = {
      room_id: 1,
      timezone: "Europe/Berlin",
      resolution: "day",
      points: [point("2026-10-24T22:00:00Z", 5), point("2026-10-25T23:00:00Z", 5)],
    };
    const [day] = bucketsOf(series, Date.parse("2026-12-01T00:00:00Z"));
    expect((day?.to ?? 0) - (day?.from ?? 0)).toBe(25 * HOUR);
  });
});

describe("anomalySpans", () => {
  const buckets = bucketsOf(hourly(["06:00", "07:00", "08:00", "09:00"]), at("12:00"));

  it("puts a reading into the hour in which its interval starts", () => {
    const spans = anomalySpans([anomaly({ ts: "2026-03-01T08:00:00Z" })], buckets);
    expect(spans).toEqual([{ from: at("07:00"), to: at("08:00") }]);
  });

  it("merges neighbours and keeps distant ones apart", () => {
    const times = ["07:00", "08:00", "10:00"].map((clock) =>
      anomaly({ ts: `2026-03-01T${clock}:00Z` }),
    );
    expect(anomalySpans(times, buckets)).toEqual([
      { from: at("06:00"), to: at("08:00") },
      { from: at("09:00"), to: at("10:00") },
    ]);
  });
});

describe("totalKwh", () => {
  it("is the sum of what was measured", () => {
    const points = [point("2026-03-01T08:00:00Z", 0.4), point("2026-03-01T09:00:00Z", null)];
    expect(totalKwh([...points, ...points])).toBeCloseTo(0.8, 9);
  });
});
