/** Every address of the page, each loaded when first visited. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { isSignedIn } from "@/features/auth/session";
import { RouteError } from "@/features/shell/route-error";
import { PERIODS, type Period } from "@/lib/series";

const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: lazyRouteComponent(
    () => import("@/features/shell/not-found-page"),
    "NotFoundPage",
  ),
});

interface SignInSearch {
  /** Where to go after signing in; an address of this site. */
  next?: string;
}

/** An address that leaves this site ("//evil.example", "https:…") is dropped. */
function ownAddress(value: unknown): string | undefined {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) ? value : undefined;
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): SignInSearch => ({ next: ownAddress(search.next) }),
  component: lazyRouteComponent(() => import("@/routes/sign-in-route"), "SignInRoute"),
});

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  beforeLoad: ({ location }) => {
    if (!isSignedIn()) throw redirect({ to: "/sign-in", search: { next: location.href } });
  },
  component: lazyRouteComponent(() => import("@/routes/app-route"), "AppRoute"),
});

interface OverviewSearch {
  hostel?: number;
}

const overviewRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/",
  validateSearch: (search): OverviewSearch => {
    const hostel = Number(search.hostel);
    return Number.isInteger(hostel) && hostel > 0 ? { hostel } : {};
  },
  component: lazyRouteComponent(() => import("@/routes/overview-route"), "OverviewRoute"),
});

interface RoomSearch {
  period?: Period;
}

const roomRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/rooms/$roomId",
  validateSearch: (search): RoomSearch => ({
    period: PERIODS.find((period) => period === search.period),
  }),
  component: lazyRouteComponent(() => import("@/routes/room-route"), "RoomRoute"),
});

const alertRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/alerts/$alertId",
  component: lazyRouteComponent(() => import("@/routes/alert-route"), "AlertRoute"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  appRoute.addChildren([overviewRoute, roomRoute, alertRoute]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultErrorComponent: RouteError,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
