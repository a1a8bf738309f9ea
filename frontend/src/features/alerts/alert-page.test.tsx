import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { AlertPage } from "@/features/alerts/alert-page";
import { startSession } from "@/features/auth/session";
import { messages } from "@/lib/messages";
import { alert, anomaly } from "../../../test/fixtures";
import { renderPage } from "../../../test/render";
import { server } from "../../../test/server";

beforeEach(() =>
  startSession({
    idToken: "id",
    accessToken: "access",
    refreshToken: "refresh",
    expiresAt: Date.now() + 3_600_000,
  }),
);

it("lays out the evidence, the readings and who was told", async () => {
  server.use(
    http.get("*/api/v1/alerts/:id", () =>
      HttpResponse.json({
        alert: alert(),
        anomalies: [anomaly()],
        feedback: [],
        deliveries: [
          {
            channel: "email",
            recipient: "asha@example.org",
            state: "sent",
            queued_at: "2026-03-01T08:00:05Z",
            sent_at: "2026-03-01T08:00:06Z",
          },
        ],
      }),
    ),
  );
  renderPage(<AlertPage alertId={alert().alert_id} />);
  expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent(alert().title);
  expect(screen.getByText("Nobody in for").nextSibling).toHaveTextContent("3 h");
  expect(screen.getByText("+1.61 kWh")).toBeInTheDocument();
  expect(screen.getByText("asha@example.org")).toBeInTheDocument();
  expect(screen.getByText(messages.alert.delivery.sent)).toBeInTheDocument();
});
