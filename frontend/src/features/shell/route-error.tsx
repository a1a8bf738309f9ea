import type { ErrorComponentProps } from "@tanstack/react-router";
import { ErrorState } from "@/components/states";
import { messages } from "@/lib/messages";

export function RouteError({ error, reset }: ErrorComponentProps) {
  return <ErrorState title={messages.common.crashedTitle} error={error} onRetry={reset} />;
}
