import { createMemoryHistory, type RouterHistory } from "@tanstack/react-router";
import { beforeEach, expect, it } from "vitest";
import { router } from "@/routes/router";

async function visit(address: string): Promise<RouterHistory> {
  const history = createMemoryHistory({ initialEntries: [address] });
  router.update({ ...router.options, history });
  await router.load();
  return history;
}

beforeEach(() => sessionStorage.clear());

it("sends a stranger to sign in and remembers where they wanted to go", async () => {
  await visit("/rooms/4?period=7d");
  expect(router.state.location.pathname).toBe("/sign-in");
  expect(router.state.location.search).toEqual({ next: "/rooms/4?period=7d" });
});

it("never sends anybody to another site after signing in", async () => {
  for (const next of ["//evil.example", "https://evil.example", "/\\evil.example"]) {
    await visit(`/sign-in?next=${encodeURIComponent(next)}`);
    expect(router.state.matches.at(-1)?.search).toEqual({ next: undefined });
  }
});
