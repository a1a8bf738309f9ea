import { Link } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import type { ReactNode } from "react";
import { useMe } from "@/api/queries";
import { Button } from "@/components/button";
import { Logo } from "@/components/logo";
import { signOut } from "@/features/auth/session";
import { useLive } from "@/features/live/live-store";
import { useLiveAlerts } from "@/features/live/use-live-alerts";
import { FreshnessBadge } from "@/features/shell/freshness-badge";
import { HealthFooter } from "@/features/shell/health-footer";
import { ThemeToggle } from "@/features/shell/theme-toggle";
import { messages } from "@/lib/messages";

function SignOutButton() {
  return (
    <Button
      variant="ghost"
      size="icon"
      aria-label={messages.auth.signOut}
      title={messages.auth.signOut}
      onClick={() => void signOut()}
    >
      <LogOut aria-hidden />
    </Button>
  );
}

/** Reads each live arrival aloud once, wherever the person is. */
function ArrivalAnnouncer() {
  const announcement = useLive((live) => live.announcement);
  return (
    <p aria-live="polite" className="sr-only">
      {announcement}
    </p>
  );
}

export function AppShell({ children }: { children: ReactNode }) {
  useLiveAlerts();
  const me = useMe();
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-lg focus:bg-raised focus:p-2"
      >
        {messages.common.skip}
      </a>
      <header className="sticky top-0 z-20 border-b bg-raised/85 backdrop-blur">
        <div className="mx-auto flex h-14 max-w-[100rem] items-center gap-2 px-4 sm:gap-3 sm:px-6">
          <Link to="/" aria-label={messages.product}>
            <Logo />
          </Link>
          <div className="ml-auto flex items-center gap-1 sm:gap-2">
            <FreshnessBadge />
            {me.data && (
              <span className="hidden pl-2 text-sm text-soft md:inline">{me.data.name}</span>
            )}
            <ThemeToggle />
            <SignOutButton />
          </div>
        </div>
      </header>
      <ArrivalAnnouncer />
      <main id="content" className="mx-auto w-full max-w-[100rem] flex-1 px-4 py-5 sm:px-6">
        {children}
      </main>
      <HealthFooter />
    </div>
  );
}
