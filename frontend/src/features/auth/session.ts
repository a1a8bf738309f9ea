/** Who is signed in: tokens in memory, mirrored to sessionStorage so that a reload keeps them and a closed tab forgets. */
import { create } from "zustand";
import { CognitoError, refresh, signOutEverywhere, type Tokens } from "@/features/auth/cognito";

const STORAGE_KEY = "wattwarden.session";
/** Tokens are renewed this long before they expire, so that no request leaves with one that dies on the way. */
const RENEW_BEFORE_MS = 60_000;

interface SessionStore {
  tokens: Tokens | null;
  /** True after the server ended the session, until the next sign-in. */
  expired: boolean;
}

function restored(): Tokens | null {
  const stored = sessionStorage.getItem(STORAGE_KEY);
  return stored ? (JSON.parse(stored) as Tokens) : null;
}

export const useSession = create<SessionStore>(() => ({ tokens: restored(), expired: false }));

export function startSession(tokens: Tokens): void {
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(tokens));
  useSession.setState({ tokens, expired: false });
}

/** Does nothing when it has ended already: late answers must not turn a sign-out into an expiry. */
export function endSession({ expired }: { expired: boolean }): void {
  if (!isSignedIn()) return;
  sessionStorage.removeItem(STORAGE_KEY);
  useSession.setState({ tokens: null, expired });
}

export function isSignedIn(): boolean {
  return useSession.getState().tokens !== null;
}

let renewal: Promise<Tokens> | undefined;

/** One renewal at a time, however many requests wait for it. */
function renew(tokens: Tokens): Promise<Tokens> {
  renewal ??= refresh(tokens.refreshToken)
    .then((renewed) => {
      startSession(renewed);
      return renewed;
    })
    .finally(() => {
      renewal = undefined;
    });
  return renewal;
}

/**
 * The token for the Authorization header, renewed when it is about to expire; null when nobody is signed in. A refused
 * renewal ends the session; any other failure is raised and leaves it.
 */
export async function currentIdToken(): Promise<string | null> {
  const { tokens } = useSession.getState();
  if (!tokens) return null;
  if (Date.now() < tokens.expiresAt - RENEW_BEFORE_MS) return tokens.idToken;
  try {
    return (await renew(tokens)).idToken;
  } catch (error) {
    const refused = error instanceof CognitoError && error.code === "NotAuthorizedException";
    if (!refused) throw error;
    endSession({ expired: true });
    return null;
  }
}

/** Signs out here at once; that Cognito also revokes the tokens is best effort. */
export async function signOut(): Promise<void> {
  const { tokens } = useSession.getState();
  endSession({ expired: false });
  if (tokens) await signOutEverywhere(tokens.accessToken).catch(() => undefined);
}
