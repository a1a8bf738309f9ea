import { expect, it } from "vitest";
import { evidenceOf } from "@/lib/reasons";

it("says the detector's numbers in words with their units", () => {
  const evidence = evidenceOf({
    rules: ["empty_room_load"],
    value_kw: 1.92,
    band_kw: [0.2, 0.31, 0.5],
    empty_h: 3,
    probability: 0.993,
    top: [["jump", 1.1]],
  });
  expect(evidence.map(({ label, value }) => `${label}: ${value}`)).toEqual([
    "What was seen: Heavy load in an empty room",
    "Mean of the last hour: 1.92 kW",
    "Expected band: 0.20–0.50 kW",
    "Nobody in for: 3 h",
    "Model's probability: 99 %",
    "What stood out most: jump from the reading before 1.1 × the usual level",
  ]);
});

it("shows numbers it has no words for, and hides empty ones", () => {
  expect(evidenceOf({ new_feature: 2, rules: [], nothing: null })).toEqual([
    { label: "New feature", value: "2" },
  ]);
});
