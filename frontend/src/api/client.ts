/** How the generated client reaches the API: base address, token, and problems as errors. */
import { currentIdToken, endSession } from "@/features/auth/session";
import { messages } from "@/lib/messages";

const BASE = "/api";
const UNAUTHORIZED = 401;

/** An answer that is not a success. `detail` comes from problem+json where the server sent one. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {
    super(detail);
    this.name = "ApiProblem";
  }
}

/** The generated hooks' error type. */
export type ErrorType<_Body> = ApiProblem | TypeError;

async function problemFrom(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as { detail?: unknown };
  const detail =
    typeof body.detail === "string" ? body.detail : messages.common.failed(response.status);
  return new ApiProblem(response.status, detail);
}

/** Raises ApiProblem for a refusal and TypeError when no answer came. A 401 ends the session. */
export async function apiFetch<Body>(path: string, init: RequestInit = {}): Promise<Body> {
  const token = await currentIdToken();
  if (!token) throw new ApiProblem(UNAUTHORIZED, messages.auth.expired);
  const headers = new Headers(init.headers);
  headers.set("Authorization", token);
  const response = await fetch(`${BASE}${path}`, { ...init, headers });
  if (response.status === UNAUTHORIZED) endSession({ expired: true });
  if (!response.ok) throw await problemFrom(response);
  return (await response.json()) as Body;
}

/** An error in words for the person. */
export function problemWords(error: unknown): string {
  return error instanceof ApiProblem ? error.detail : messages.common.noAnswer;
}
