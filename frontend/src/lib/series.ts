/** A room's series cut into what the chart draws. Instants are milliseconds since 1970. */
import type { Action, AnomalyOut, SeriesOut, SeriesPoint } from "@/api/generated/wattwarden";

export const PERIODS = ["24h", "7d", "30d"] as const;
export type Period = (typeof PERIODS)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A day may have 25 hours; a longer distance to the next point is a gap. */
const LONGEST = 25 / 24;
const PERIOD_MS: Record<Period, number> = { "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS };

/** Who may not see single readings and hours gets days, so a period of one day is no use. */
export function periodsFor(may: Action[]): Period[] {
  return PERIODS.filter((period) => period !== "24h" || may.includes("read_raw"));
}

/** Whole hours up to the last complete one, so that the range is the same all through an hour. */
export function rangeOf(period: Period, now: number): { from: string; to: string } {
  const end = Math.floor(now / HOUR_MS) * HOUR_MS;
  return {
    from: new Date(end - PERIOD_MS[period]).toISOString(),
    to: new Date(end).toISOString(),
  };
}

export interface Bucket {
  from: number;
  to: number;
  point: SeriesPoint;
}

/**
 * Each complete point with its end: the next one's start, because a day with a clock change is not 24 hours. The hour
 * or day under way is left out; half measured, it would look like a fall.
 */
export function bucketsOf(series: SeriesOut, now: number): Bucket[] {
  const width = series.resolution === "hour" ? HOUR_MS : DAY_MS;
  const starts = series.points.map((point) => Date.parse(point.start));
  const buckets = series.points.map((point, index) => {
    const from = starts[index] ?? 0;
    const next = starts[index + 1] ?? Number.POSITIVE_INFINITY;
    return { from, to: next - from <= LONGEST * width ? next : from + width, point };
  });
  return buckets.filter(({ to }) => to <= now);
}

export interface Span {
  from: number;
  to: number;
}

/**
 * Where anomalies were, whole buckets, neighbours merged. A reading's `ts` ends its interval, so it belongs to the
 * bucket that holds the instant just before.
 */
export function anomalySpans(anomalies: AnomalyOut[], buckets: Bucket[]): Span[] {
  const instants = anomalies.map((anomaly) => Date.parse(anomaly.ts) - 1);
  const spans: Span[] = [];
  for (const { from, to } of buckets) {
    if (!instants.some((instant) => instant >= from && instant < to)) continue;
    const last = spans.at(-1);
    if (last && last.to >= from) last.to = to;
    else spans.push({ from, to });
  }
  return spans;
}

/** The energy measured in all points, kWh; unmeasured points add nothing. */
export function totalKwh(points: SeriesPoint[]): number {
  return points.reduce((sum, point) => sum + (point.kwh ?? 0), 0);
}

export function hasMeasurements(points: SeriesPoint[]): boolean {
  return points.some((point) => point.kwh !== null);
}
