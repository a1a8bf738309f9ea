/** The inbox as a value: alerts go in one at a time, in any order and more than once, and the newest state wins. */
import type { AlertOut } from "@/api/generated/wattwarden";
import { severityRank } from "@/lib/severity";

/** When this version of the alert was true: it grows while it goes on, and may be answered later. */
function versionOf(alert: AlertOut): number {
  const acknowledged = alert.acknowledged_at ? Date.parse(alert.acknowledged_at) : 0;
  const judged = alert.feedback ? Date.parse(alert.feedback.at) : 0;
  return Math.max(Date.parse(alert.last_at), acknowledged, judged);
}

const STATE_ORDER: Record<AlertOut["state"], number> = { open: 0, acknowledged: 1, resolved: 2 };

/** Open ones first, of these what still goes on, then by severity, then the latest. */
export function inboxOrder(one: AlertOut, other: AlertOut): number {
  return (
    STATE_ORDER[one.state] - STATE_ORDER[other.state] ||
    Number(other.ongoing) - Number(one.ongoing) ||
    severityRank(other.severity) - severityRank(one.severity) ||
    Date.parse(other.last_at) - Date.parse(one.last_at)
  );
}

/** Adds the alert or replaces an older version of it. A late copy of an older version changes nothing. */
export function receiveAlert(alerts: AlertOut[], arrived: AlertOut): AlertOut[] {
  const known = alerts.find((alert) => alert.alert_id === arrived.alert_id);
  if (!known) return [...alerts, arrived].toSorted(inboxOrder);
  const outdated =
    versionOf(arrived) < versionOf(known) || STATE_ORDER[arrived.state] < STATE_ORDER[known.state];
  return outdated ? alerts : replaceAlert(alerts, arrived);
}

export function replaceAlert(alerts: AlertOut[], replacement: AlertOut): AlertOut[] {
  return alerts
    .map((alert) => (alert.alert_id === replacement.alert_id ? replacement : alert))
    .toSorted(inboxOrder);
}

/** What the page shows until the server has confirmed it. */
export function acknowledged(alert: AlertOut, by: string | null, at: string): AlertOut {
  return { ...alert, state: "acknowledged", acknowledged_by: by, acknowledged_at: at };
}

/** From the start of the first abnormal interval that was reported to the end of the last one. */
export function durationSeconds(alert: AlertOut): number {
  return (Date.parse(alert.last_at) - Date.parse(alert.started_at)) / 1_000;
}

export function openOnly(alerts: AlertOut[]): AlertOut[] {
  return alerts.filter((alert) => alert.state === "open");
}

/** How many are open, as far as the inbox was read: "12", or "200+" where more may lie beyond. */
export function openCountWords(alerts: AlertOut[], limit: number): string {
  const open = openOnly(alerts).length;
  return open >= limit ? `${limit}+` : String(open);
}

/**
 * Money of alerts whose energy was above expected; a meter that under-reports saves nothing. What is unknown is left
 * out; null where there are alerts and nothing of them is known.
 */
export function avoidableOf(alerts: AlertOut[]): { cost: number | null; kwh: number | null } {
  const known = alerts.flatMap(({ excess_kwh, cost }) =>
    excess_kwh === null ? [] : [{ excess: excess_kwh, cost: cost === null ? null : Number(cost) }],
  );
  if (alerts.length > 0 && known.length === 0) return { cost: null, kwh: null };
  const excesses = known.filter(({ excess }) => excess > 0);
  const costs = excesses.flatMap(({ cost }) => (cost === null ? [] : [cost]));
  return {
    cost: excesses.length > 0 && costs.length === 0 ? null : sumOf(costs),
    kwh: sumOf(excesses.map(({ excess }) => excess)),
  };
}

function sumOf(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
