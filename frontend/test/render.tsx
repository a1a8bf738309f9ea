import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";

/** Renders a page where its links and queries work. Nothing is retried, so that failures show at once. */
export function renderPage(page: ReactNode): QueryClient {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const root = createRootRoute();
  const children = ["/", "/rooms/$roomId", "/alerts/$alertId"].map((path) =>
    createRoute({ getParentRoute: () => root, path, component: () => page }),
  );
  const router = createRouter({
    routeTree: root.addChildren(children),
    history: createMemoryHistory({ initialEntries: ["/"] }),
  });
  render(
    <QueryClientProvider client={client}>
      {/* The real router's type is registered; this one has the same addresses. */}
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  return client;
}
