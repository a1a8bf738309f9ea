import { Outlet } from "@tanstack/react-router";
import { AppShell } from "@/features/shell/app-shell";

export function AppRoute() {
  return (
    <AppShell>
      <Outlet />
    </AppShell>
  );
}
