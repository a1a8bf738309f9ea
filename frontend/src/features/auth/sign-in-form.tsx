import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { Button } from "@/components/button";
import { TextField } from "@/components/text-field";
import { authErrorWords } from "@/features/auth/auth-errors";
import { type SignInResult, signIn } from "@/features/auth/cognito";
import { FormError } from "@/features/auth/form-error";
import { messages } from "@/lib/messages";

interface SignInFormProps {
  onResult: (result: SignInResult) => void;
}

interface Credentials {
  email: string;
  password: string;
}

export function SignInForm({ onResult }: SignInFormProps) {
  const attempt = useMutation({
    mutationFn: ({ email, password }: Credentials) => signIn(email, password),
    onSuccess: onResult,
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    attempt.mutate({
      email: String(fields.get("email")).trim(),
      password: String(fields.get("password")),
    });
  }

  return (
    <form onSubmit={submit} className="space-y-4">
      <div>
        <h1 className="text-lg font-semibold">{messages.auth.title}</h1>
        <p className="text-sm text-soft">{messages.auth.intro}</p>
      </div>
      <TextField
        label={messages.auth.email}
        name="email"
        type="email"
        autoComplete="username"
        required
      />
      <TextField
        label={messages.auth.password}
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      {attempt.isError && <FormError>{authErrorWords(attempt.error)}</FormError>}
      <Button type="submit" className="w-full" disabled={attempt.isPending}>
        {attempt.isPending ? messages.auth.working : messages.auth.submit}
      </Button>
    </form>
  );
}
