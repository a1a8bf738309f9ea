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

it("tells unknown energy and money as unknown, never as zero", async () => {
  const unknown = { excess_kwh: null } as const;
  server.use(
    http.get("*/api/v1/alerts/:id", () =>
      HttpResponse.json({
        alert: alert({
          ...unknown,
          peak_kw: null,
          cost: null,
          measured: { quantity: "power", value: null, expected: 0.31 },
          why: "Its energy is unknown.",
        }),
        anomalies: [anomaly({ ...unknown, actual_kwh: null })],
        witness: null,
        feedback: [],
        deliveries: [],
      }),
    ),
  );
  renderPage(<AlertPage alertId={alert().alert_id} />);
  const stat = async (label: string) => screen.findByRole("region", { name: label });
  expect(await stat(messages.alert.measured.power)).toHaveTextContent(
    "Peak—unknown, expected 0.31 kW",
  );
  expect(await stat(messages.alert.excess)).toHaveTextContent("Energy—unknown");
  expect(await stat(messages.alert.cost)).toHaveTextContent("Money—unknown, as the energy is");
  expect(screen.getAllByRole("cell", { name: messages.alert.unknown })).toHaveLength(2);
  expect(document.body).not.toHaveTextContent(/NaN|null|\b0 kWh|0\.00|₹/);
});

it("tells a voltage in volts, without energy and money", async () => {
  server.use(
    http.get("*/api/v1/alerts/:id", () =>
      HttpResponse.json({
        alert: alert({
          kind: "undervoltage",
          type: "unusual_pattern",
          cost: null,
          ongoing: false,
          unknown_since: "2026-03-01T08:00:00Z",
          measured: { quantity: "voltage", value: 171.6, expected: 207 },
        }),
        anomalies: [],
        witness: null,
        feedback: [],
        deliveries: [],
      }),
    ),
  );
  renderPage(<AlertPage alertId={alert().alert_id} />);
  const stat = await screen.findByRole("region", { name: messages.alert.measured.voltage });
  expect(stat).toHaveTextContent("172 Vexpected 207 V");
  expect(screen.queryByRole("region", { name: messages.alert.excess })).toBeNull();
  expect(screen.queryByRole("region", { name: messages.alert.cost })).toBeNull();
  expect(screen.getByRole("region", { name: messages.alert.started })).toHaveTextContent(
    "unknown since",
  );
});

it("lays out the evidence, the readings and who was told", async () => {
  server.use(
    http.get("*/api/v1/alerts/:id", () =>
      HttpResponse.json({
        alert: alert(),
        anomalies: [anomaly()],
        witness: anomaly(),
        feedback: [],
        deliveries: [
          {
            channel: "email",
            recipient: "asha@example.org",
            state: "sent",
            queued_at: "2026-03-01T08:00:05Z",
            sent_at: "2026-03-01T08:00:06Z",
            error: null,
          },
          {
            channel: "sms",
            recipient: "Ravi",
            state: "failed",
            queued_at: "2026-03-01T08:00:05Z",
            sent_at: null,
            error: "Invalid parameter: PhoneNumber",
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
  expect(screen.getByText(messages.alert.delivery.failed)).toBeInTheDocument();
  expect(screen.getByText("Invalid parameter: PhoneNumber")).toBeInTheDocument();
});
