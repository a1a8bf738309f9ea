import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, it, vi } from "vitest";
import { isSignedIn } from "@/features/auth/session";
import { SignInPage } from "@/features/auth/sign-in-page";
import { messages } from "@/lib/messages";
import { renderPage } from "../../../test/render";
import { COGNITO, server } from "../../../test/server";

const TOKENS = {
  AuthenticationResult: {
    IdToken: "id",
    AccessToken: "access",
    RefreshToken: "refresh",
    ExpiresIn: 3600,
  },
};

async function fillIn(password: string) {
  await userEvent.type(await screen.findByLabelText(messages.auth.email), "asha@example.org");
  await userEvent.type(screen.getByLabelText(messages.auth.password), password);
  await userEvent.click(screen.getByRole("button", { name: messages.auth.submit }));
}

it("signs in and moves on", async () => {
  server.use(http.post(COGNITO, () => HttpResponse.json(TOKENS)));
  const onSignedIn = vi.fn();
  renderPage(<SignInPage onSignedIn={onSignedIn} />);
  await fillIn("secret");
  await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
  expect(isSignedIn()).toBe(true);
});

it("says in plain words that the password is wrong", async () => {
  server.use(
    http.post(COGNITO, () =>
      HttpResponse.json({ __type: "NotAuthorizedException" }, { status: 400 }),
    ),
  );
  renderPage(<SignInPage onSignedIn={vi.fn()} />);
  await fillIn("wrong");
  expect(await screen.findByRole("alert")).toHaveTextContent(messages.auth.badCredentials);
});

it("asks for an own password after a temporary one, twice the same", async () => {
  server.use(
    http.post(COGNITO, ({ request }) =>
      request.headers.get("X-Amz-Target")?.endsWith("InitiateAuth")
        ? HttpResponse.json({ ChallengeName: "NEW_PASSWORD_REQUIRED", Session: "s" })
        : HttpResponse.json(TOKENS),
    ),
  );
  const onSignedIn = vi.fn();
  renderPage(<SignInPage onSignedIn={onSignedIn} />);
  await fillIn("temporary");
  const repeat = await screen.findByLabelText(messages.auth.repeatPassword);
  await userEvent.type(screen.getByLabelText(messages.auth.newPassword), "one long password");
  await userEvent.type(repeat, "another");
  await userEvent.click(screen.getByRole("button", { name: messages.auth.newSubmit }));
  expect(await screen.findByRole("alert")).toHaveTextContent(messages.auth.mismatch);
  await userEvent.clear(repeat);
  await userEvent.type(repeat, "one long password");
  await userEvent.click(screen.getByRole("button", { name: messages.auth.newSubmit }));
  await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
});
