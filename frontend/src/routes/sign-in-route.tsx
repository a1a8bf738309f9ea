import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { SignInPage } from "@/features/auth/sign-in-page";

const route = getRouteApi("/sign-in");

export function SignInRoute() {
  const { next } = route.useSearch();
  const navigate = useNavigate();
  return <SignInPage onSignedIn={() => void navigate({ href: next ?? "/", replace: true })} />;
}
