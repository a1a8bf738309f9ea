import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiProblem } from "@/api/client";
import { useSession } from "@/features/auth/session";
import { router } from "@/routes/router";
import "@/styles.css";

const RETRIES = 2;

/** A refusal (4xx) stays a refusal; only a lost or failed answer is asked for again. */
function shouldRetry(failures: number, error: Error): boolean {
  const refused = error instanceof ApiProblem && error.status < 500;
  return !refused && failures < RETRIES;
}

const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: shouldRetry, staleTime: 5_000 } },
});

// When the session ends, on purpose or because the server said so, the next person must not see what this one saw.
useSession.subscribe((session, before) => {
  if (session.tokens || !before.tokens) return;
  queryClient.clear();
  const next = session.expired ? router.state.location.href : undefined;
  void router.navigate({ to: "/sign-in", search: { next } });
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
