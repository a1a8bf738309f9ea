import { useState } from "react";
import { Card } from "@/components/card";
import { Logo } from "@/components/logo";
import type { NewPasswordChallenge, SignInResult } from "@/features/auth/cognito";
import { NewPasswordForm } from "@/features/auth/new-password-form";
import { startSession, useSession } from "@/features/auth/session";
import { SignInForm } from "@/features/auth/sign-in-form";
import { ThemeToggle } from "@/features/shell/theme-toggle";
import { messages } from "@/lib/messages";

interface SignInPageProps {
  onSignedIn: () => void;
}

export function SignInPage({ onSignedIn }: SignInPageProps) {
  const expired = useSession((session) => session.expired);
  const [challenge, setChallenge] = useState<NewPasswordChallenge | null>(null);

  function proceed(result: SignInResult) {
    if (result.outcome === "newPassword") {
      setChallenge(result.challenge);
      return;
    }
    startSession(result.tokens);
    onSignedIn();
  }

  return (
    <div className="flex min-h-dvh flex-col">
      <div className="flex justify-end p-4">
        <ThemeToggle />
      </div>
      <main className="flex flex-1 items-center justify-center px-4 pb-24">
        <div className="w-full max-w-sm space-y-6">
          <Logo className="justify-center text-xl" />
          {expired && !challenge && (
            <p role="status" className="text-center text-sm text-soft">
              {messages.auth.expired}
            </p>
          )}
          <Card className="p-6 shadow-sm">
            {challenge ? (
              <NewPasswordForm challenge={challenge} onResult={proceed} />
            ) : (
              <SignInForm onResult={proceed} />
            )}
          </Card>
        </div>
      </main>
    </div>
  );
}
