/** The four calls to Amazon Cognito that signing in needs, without a library. */
import { loadConfig } from "@/lib/config";

export interface Tokens {
  idToken: string;
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** The person must choose a password before getting tokens. */
export interface NewPasswordChallenge {
  session: string;
  email: string;
}

export type SignInResult =
  | { outcome: "signedIn"; tokens: Tokens }
  | { outcome: "newPassword"; challenge: NewPasswordChallenge };

/** What Cognito refused. `code` is its exception's name, as in NotAuthorizedException. */
export class CognitoError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "CognitoError";
  }
}

interface AuthenticationResult {
  IdToken: string;
  AccessToken: string;
  RefreshToken?: string;
  ExpiresIn: number;
}

interface AuthenticationResponse {
  AuthenticationResult?: AuthenticationResult;
  ChallengeName?: string;
  ChallengeParameters?: Record<string, string>;
  Session?: string;
}

async function call<Answer>(action: string, body: object): Promise<Answer> {
  const { cognitoEndpoint } = await loadConfig();
  const response = await fetch(cognitoEndpoint, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${action}`,
    },
    body: JSON.stringify(body),
  });
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (!response.ok) {
    const code =
      String(answer.__type ?? "InternalErrorException")
        .split("#")
        .at(-1) ?? "";
    throw new CognitoError(code, String(answer.message ?? answer.Message ?? code));
  }
  return answer as Answer;
}

function tokensFrom(result: AuthenticationResult, refreshToken: string): Tokens {
  return {
    idToken: result.IdToken,
    accessToken: result.AccessToken,
    refreshToken: result.RefreshToken ?? refreshToken,
    expiresAt: Date.now() + result.ExpiresIn * 1_000,
  };
}

function resultOf(answer: AuthenticationResponse, email: string): SignInResult {
  if (answer.AuthenticationResult) {
    return { outcome: "signedIn", tokens: tokensFrom(answer.AuthenticationResult, "") };
  }
  if (answer.ChallengeName === "NEW_PASSWORD_REQUIRED" && answer.Session) {
    const username = answer.ChallengeParameters?.USER_ID_FOR_SRP ?? email;
    return { outcome: "newPassword", challenge: { session: answer.Session, email: username } };
  }
  throw new CognitoError("UnsupportedChallenge", answer.ChallengeName ?? "no tokens");
}

/** Raises CognitoError NotAuthorizedException for a wrong email or password. */
export async function signIn(email: string, password: string): Promise<SignInResult> {
  const { userPoolClientId } = await loadConfig();
  const answer = await call<AuthenticationResponse>("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: userPoolClientId,
    AuthParameters: { USERNAME: email, PASSWORD: password },
  });
  return resultOf(answer, email);
}

/** Raises CognitoError InvalidPasswordException when the password is too weak for the pool's policy. */
export async function chooseNewPassword(
  challenge: NewPasswordChallenge,
  password: string,
): Promise<SignInResult> {
  const { userPoolClientId } = await loadConfig();
  const answer = await call<AuthenticationResponse>("RespondToAuthChallenge", {
    ChallengeName: "NEW_PASSWORD_REQUIRED",
    ClientId: userPoolClientId,
    Session: challenge.session,
    ChallengeResponses: { USERNAME: challenge.email, NEW_PASSWORD: password },
  });
  return resultOf(answer, challenge.email);
}

export async function refresh(refreshToken: string): Promise<Tokens> {
  const { userPoolClientId } = await loadConfig();
  const answer = await call<AuthenticationResponse>("InitiateAuth", {
    AuthFlow: "REFRESH_TOKEN_AUTH",
    ClientId: userPoolClientId,
    AuthParameters: { REFRESH_TOKEN: refreshToken },
  });
  if (!answer.AuthenticationResult) throw new CognitoError("NotAuthorizedException", "no tokens");
  return tokensFrom(answer.AuthenticationResult, refreshToken);
}

/** Ends every session of the person, on other devices too. */
export async function signOutEverywhere(accessToken: string): Promise<void> {
  await call("GlobalSignOut", { AccessToken: accessToken });
}
