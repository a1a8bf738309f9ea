import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import { readMe } from "@/api/generated/wattwarden";
import { chooseNewPassword, signIn } from "@/features/auth/cognito";
import {
  currentIdToken,
  isSignedIn,
  signOut,
  startSession,
  useSession,
} from "@/features/auth/session";
import { COGNITO, problem, server } from "../../../test/server";

const FRESH = {
  idToken: "id-1",
  accessToken: "access-1",
  refreshToken: "refresh-1",
  expiresAt: Date.now() + 3_600_000,
};
const EXPIRED = { ...FRESH, expiresAt: Date.now() - 1 };

const RESULT = {
  AuthenticationResult: { IdToken: "id-2", AccessToken: "access-2", ExpiresIn: 3600 },
};

/** Answers Cognito's actions in turn and remembers what was asked. */
function cognito(answer: (action: string) => Response | Promise<Response>) {
  const asked: { action: string; body: Record<string, unknown> }[] = [];
  server.use(
    http.post(COGNITO, async ({ request }) => {
      const target = request.headers.get("X-Amz-Target") ?? "";
      const action = target.replace("AWSCognitoIdentityProviderService.", "");
      asked.push({ action, body: (await request.json()) as Record<string, unknown> });
      return answer(action);
    }),
  );
  return asked;
}

function refused(code: string) {
  return HttpResponse.json({ __type: code, message: "no" }, { status: 400 });
}

describe("signing in", () => {
  it("sends the password to Cognito and returns its tokens", async () => {
    const asked = cognito(() => HttpResponse.json(RESULT));
    const result = await signIn("asha@example.org", "secret");
    expect(result).toMatchObject({ outcome: "signedIn", tokens: { idToken: "id-2" } });
    expect(asked[0]).toMatchObject({
      action: "InitiateAuth",
      body: { AuthFlow: "USER_PASSWORD_AUTH", ClientId: "client" },
    });
  });

  it("says by its code what Cognito refused", async () => {
    cognito(() => refused("NotAuthorizedException"));
    await expect(signIn("asha@example.org", "wrong")).rejects.toMatchObject({
      code: "NotAuthorizedException",
    });
  });

  it("passes through the choice of a first password", async () => {
    cognito((action) =>
      action === "InitiateAuth"
        ? HttpResponse.json({ ChallengeName: "NEW_PASSWORD_REQUIRED", Session: "s-1" })
        : HttpResponse.json(RESULT),
    );
    const first = await signIn("asha@example.org", "temporary");
    expect(first.outcome).toBe("newPassword");
    if (first.outcome !== "newPassword") return;
    const second = await chooseNewPassword(first.challenge, "my own password");
    expect(second.outcome).toBe("signedIn");
  });
});

describe("the session", () => {
  it("gives a valid token without asking Cognito", async () => {
    startSession(FRESH);
    await expect(currentIdToken()).resolves.toBe("id-1");
  });

  it("renews an expiring token once for all who wait, and keeps the refresh token", async () => {
    const asked = cognito(() => HttpResponse.json(RESULT));
    startSession(EXPIRED);
    await expect(Promise.all([currentIdToken(), currentIdToken()])).resolves.toEqual([
      "id-2",
      "id-2",
    ]);
    expect(asked).toHaveLength(1);
    expect(useSession.getState().tokens?.refreshToken).toBe("refresh-1");
  });

  it("ends when the refresh token is refused", async () => {
    cognito(() => refused("NotAuthorizedException"));
    startSession(EXPIRED);
    await expect(currentIdToken()).resolves.toBeNull();
    expect(useSession.getState()).toMatchObject({ tokens: null, expired: true });
  });

  it("survives a moment without Cognito", async () => {
    cognito(() => refused("TooManyRequestsException"));
    startSession(EXPIRED);
    await expect(currentIdToken()).rejects.toThrow();
    expect(isSignedIn()).toBe(true);
  });

  it("is gone from the browser after signing out, even when Cognito fails", async () => {
    const asked = cognito(() => refused("InternalErrorException"));
    startSession(FRESH);
    await signOut();
    expect(isSignedIn()).toBe(false);
    expect(sessionStorage).toHaveLength(0);
    expect(asked[0]?.action).toBe("GlobalSignOut");
  });
});

describe("a request to the API", () => {
  it("carries the bare ID token", async () => {
    let sent: string | null = null;
    server.use(
      http.get("*/api/v1/me", ({ request }) => {
        sent = request.headers.get("Authorization");
        return HttpResponse.json({});
      }),
    );
    startSession(FRESH);
    await readMe();
    expect(sent).toBe("id-1");
  });

  it("ends the session on 401 and says the problem's detail", async () => {
    server.use(http.get("*/api/v1/me", () => problem(401, "the token was revoked")));
    startSession(FRESH);
    await expect(readMe()).rejects.toThrow("the token was revoked");
    expect(useSession.getState()).toMatchObject({ tokens: null, expired: true });
  });
});
