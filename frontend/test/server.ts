/** The API and Cognito as the page meets them, answered in the test's process. */
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { alert, HEALTH, HOSTEL, MANAGER, room } from "./fixtures";

export const COGNITO = "http://cognito.test/";

const CONFIG = {
  stage: "local",
  region: "ap-south-1",
  userPoolId: "pool",
  userPoolClientId: "client",
  cognitoEndpoint: COGNITO,
};

export function problem(status: number, detail: string) {
  return HttpResponse.json(
    { type: "about:blank", title: "Problem", status, detail },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );
}

export const server = setupServer(
  http.get("*/config.json", () => HttpResponse.json(CONFIG)),
  http.get("*/api/v1/me", () => HttpResponse.json(MANAGER)),
  http.get("*/api/v1/hostels", () => HttpResponse.json([HOSTEL])),
  http.get("*/api/v1/hostels/1/rooms", () => HttpResponse.json({ rooms: [room()] })),
  http.get("*/api/v1/health", () => HttpResponse.json(HEALTH)),
  http.get("*/api/v1/data-health", () => HttpResponse.json({ faults: [], counts: HEALTH.faults })),
  http.get("*/api/v1/alerts", ({ request }) => {
    const open = new URL(request.url).searchParams.get("state") === "open";
    return HttpResponse.json({ alerts: open ? [alert()] : [], next_before: null });
  }),
);
