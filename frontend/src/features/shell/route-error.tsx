import type { ErrorComponentProps } from "@tanstack/react-router";
import { problemWords } from "@/api/client";
import { messages } from "@/lib/messages";

/** Shown when a page broke or could not be loaded, so it is part of the first load and needs nothing else. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  return (
    <div role="alert" className="space-y-2 px-6 py-16 text-center">
      <p className="text-sm font-semibold">{messages.common.crashedTitle}</p>
      <p className="text-sm text-soft">{problemWords(error)}</p>
      <button
        type="button"
        onClick={reset}
        className="cursor-pointer text-sm text-action underline"
      >
        {messages.common.retry}
      </button>
    </div>
  );
}
