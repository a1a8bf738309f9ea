import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/button";
import { TextField } from "@/components/text-field";
import { authErrorWords } from "@/features/auth/auth-errors";
import {
  chooseNewPassword,
  type NewPasswordChallenge,
  type SignInResult,
} from "@/features/auth/cognito";
import { FormError } from "@/features/auth/form-error";
import { messages } from "@/lib/messages";

interface NewPasswordFormProps {
  challenge: NewPasswordChallenge;
  onResult: (result: SignInResult) => void;
}

export function NewPasswordForm({ challenge, onResult }: NewPasswordFormProps) {
  const [mismatch, setMismatch] = useState(false);
  const attempt = useMutation({
    mutationFn: (password: string) => chooseNewPassword(challenge, password),
    onSuccess: onResult,
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const password = String(fields.get("password"));
    const same = password === String(fields.get("repeat"));
    setMismatch(!same);
    if (same) attempt.mutate(password);
  }

  return (
    <form onSubmit={submit} className="space-y-4">
      <div>
        <h1 className="text-lg font-semibold">{messages.auth.newTitle}</h1>
        <p className="text-sm text-soft">{messages.auth.newIntro}</p>
      </div>
      <TextField
        label={messages.auth.newPassword}
        name="password"
        type="password"
        autoComplete="new-password"
        required
      />
      <TextField
        label={messages.auth.repeatPassword}
        name="repeat"
        type="password"
        autoComplete="new-password"
        required
      />
      {mismatch && <FormError>{messages.auth.mismatch}</FormError>}
      {attempt.isError && !mismatch && <FormError>{authErrorWords(attempt.error)}</FormError>}
      <Button type="submit" className="w-full" disabled={attempt.isPending}>
        {attempt.isPending ? messages.auth.working : messages.auth.newSubmit}
      </Button>
    </form>
  );
}
