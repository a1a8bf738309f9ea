import { describe, expect, it } from "vitest";
import { acknowledged, avoidableOf, openOnly, receiveAlert } from "@/lib/alerts";
import { alert } from "../../test/fixtures";

const first = alert({ alert_id: "a", last_at: "2026-03-01T10:00:00Z" });
const second = alert({ alert_id: "b", severity: "low", last_at: "2026-03-01T09:00:00Z" });

describe("receiveAlert", () => {
  it("adds a new alert in the order of urgency", () => {
    const critical = alert({ alert_id: "c", severity: "critical" });
    const ids = receiveAlert([first, second], critical).map((each) => each.alert_id);
    expect(ids).toEqual(["c", "a", "b"]);
  });

  it("replaces an alert that has grown", () => {
    const grown = { ...first, last_at: "2026-03-01T11:00:00Z", excess_kwh: 5 };
    expect(receiveAlert([first, second], grown)).toEqual([grown, second]);
  });

  it("changes nothing when the same message comes twice", () => {
    const once = receiveAlert([second], first);
    expect(receiveAlert(once, first)).toEqual(once);
  });

  it("gives the same inbox whatever the order of arrival", () => {
    const grown = { ...first, last_at: "2026-03-01T11:00:00Z" };
    const inOrder = [first, grown, second].reduce(receiveAlert, []);
    const shuffled = [grown, second, first].reduce(receiveAlert, []);
    expect(shuffled).toEqual(inOrder);
  });

  it("does not reopen an alert that somebody has acknowledged", () => {
    const done = acknowledged(first, "Asha Rao", "2026-03-01T10:05:00Z");
    const late = { ...first, last_at: "2026-03-01T10:10:00Z" };
    expect(openOnly(receiveAlert([done], late))).toEqual([]);
  });
});

describe("avoidableOf", () => {
  it("sums money and energy above expected, and nothing for a meter that under-reports", () => {
    const under = alert({ alert_id: "u", excess_kwh: -2, cost: "0.00" });
    const sum = avoidableOf([first, second, under]);
    expect(sum.kwh).toBeCloseTo(6.4, 9);
    expect(sum.cost).toBeCloseTo(54.4, 9);
  });

  const unknown = alert({ alert_id: "n", peak_kw: null, excess_kwh: null, cost: null });

  it("leaves out what is unknown", () => {
    expect(avoidableOf([unknown, first])).toEqual({ cost: 27.2, kwh: 3.2 });
    expect(avoidableOf([first, { ...second, cost: null }])).toEqual({ cost: 27.2, kwh: 6.4 });
  });

  it("is unknown where nothing is known, and nothing where there is nothing", () => {
    expect(avoidableOf([unknown])).toEqual({ cost: null, kwh: null });
    expect(avoidableOf([{ ...first, cost: null }])).toEqual({ cost: null, kwh: 3.2 });
    expect(avoidableOf([])).toEqual({ cost: 0, kwh: 0 });
  });
});
