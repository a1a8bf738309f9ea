import { describe, expect, it } from "vitest";
import {
  formatAge,
  formatBand,
  formatClock,
  formatKw,
  formatKwh,
  formatMoment,
  formatMoney,
} from "@/lib/format";
import { messages } from "@/lib/messages";

describe("numbers", () => {
  it("shows as many digits as matter", () => {
    expect([0.123, 12.34, 1234.5].map(formatKw)).toEqual(["0.12 kW", "12.3 kW", "1,235 kW"]);
  });

  it("tells a minute's energy in watt-hours", () => {
    expect([0, 0.0023, 0.051, 0.12].map(formatKwh)).toEqual([
      "0.00 kWh",
      "2.30 Wh",
      "51.0 Wh",
      "0.12 kWh",
    ]);
  });

  it("tells a minute's band in watt-hours, too", () => {
    expect(formatBand(0.0012, 0.0058, "kWh")).toBe("1.20–5.80 Wh");
    expect(formatBand(0.04, 0.24, "kWh")).toBe("0.04–0.24 kWh");
    expect(formatBand(0, 0, "kWh")).toBe("0.00–0.00 kWh");
  });

  it("shows a dash for what is not known, never a zero", () => {
    expect(formatKw(null)).toBe("—");
    expect(formatBand(0.2, null, "kW")).toBeNull();
  });

  it("tells unknown money by a dash", () => {
    expect(formatMoney(null, "INR")).toBe(messages.common.unknown);
  });

  it("reads money from the API's decimal string", () => {
    expect(formatMoney("27.20", "INR")).toBe("₹27.20");
    expect(formatMoney("1234.56", "INR")).toBe("₹1,235");
  });
});

describe("times", () => {
  const evening = "2026-03-01T20:00:00Z";

  it("are in the hostel's zone", () => {
    expect(formatClock(evening, "Asia/Kolkata")).toBe("01:30");
    expect(formatClock(evening, "Europe/Berlin")).toBe("21:00");
  });

  it("name the day when it is not today there", () => {
    const noon = Date.parse("2026-03-01T12:00:00Z");
    expect(formatMoment(evening, "Europe/Berlin", noon)).toBe("21:00");
    expect(formatMoment(evening, "Asia/Kolkata", noon)).toBe("2 Mar, 01:30");
  });

  it("call ages by their largest unit", () => {
    expect([-3, 4, 725, 11_000, 200_000].map(formatAge)).toEqual([
      "0 s",
      "4 s",
      "12 min",
      "3 h",
      "2 d",
    ]);
  });
});
