import { CognitoError } from "@/features/auth/cognito";
import { messages } from "@/lib/messages";

const WORDS: Record<string, string> = {
  NotAuthorizedException: messages.auth.badCredentials,
  UserNotFoundException: messages.auth.badCredentials,
  InvalidPasswordException: messages.auth.weakPassword,
  PasswordResetRequiredException: messages.auth.resetRequired,
  TooManyRequestsException: messages.auth.tooMany,
  LimitExceededException: messages.auth.tooMany,
  UnsupportedChallenge: messages.auth.otherChallenge,
};

/** What to tell the person; Cognito's own words may say whether an account exists, so they are not repeated. */
export function authErrorWords(error: unknown): string {
  if (error instanceof CognitoError) return WORDS[error.code] ?? messages.auth.unavailable;
  return messages.common.noAnswer;
}
