import { expect, it } from "vitest";
import { freshnessOf, STALE_AFTER_S } from "@/lib/freshness";

it("is live only with an open connection and recent readings", () => {
  expect(freshnessOf("open", 4)).toBe("live");
  expect(freshnessOf("connecting", 4)).toBe("connecting");
  expect(freshnessOf("lost", 4)).toBe("lost");
  expect(freshnessOf("open", STALE_AFTER_S + 1)).toBe("stale");
  expect(freshnessOf("open", null)).toBe("never");
});
