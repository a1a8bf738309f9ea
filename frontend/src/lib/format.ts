/**
 * Numbers, money and times as people read them. Missing values become a dash; times are always shown in the
 * hostel's zone, never the browser's.
 */
import { messages } from "@/lib/messages";

const LOCALE = "en-IN";
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

const numberFormats = new Map<number, Intl.NumberFormat>();

function formatNumber(value: number, digits: number): string {
  let format = numberFormats.get(digits);
  if (!format) {
    format = new Intl.NumberFormat(LOCALE, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    numberFormats.set(digits, format);
  }
  return format.format(value);
}

/** Two digits while they matter, one from 10 on, none from 1,000 on. */
function digitsFor(value: number): number {
  const size = Math.abs(value);
  if (size >= 1_000) return 0;
  return size >= 10 ? 1 : 2;
}

function formatUnit(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return messages.common.unknown;
  return `${formatNumber(value, digitsFor(value))} ${unit}`;
}

export const formatKw = (kw: number | null | undefined) => formatUnit(kw, "kW");

/** kWh; what a room takes in a minute is told in Wh, or it would read as nothing. */
export function formatKwh(kwh: number | null | undefined): string {
  return typeof kwh === "number" && isTiny(kwh)
    ? formatUnit(kwh * 1_000, "Wh")
    : formatUnit(kwh, "kWh");
}

const isTiny = (kwh: number) => kwh !== 0 && Math.abs(kwh) < 0.1;

/** "0.24–0.41 kW", or null where the band is unknown. The unit is that of its upper end, kWh as `formatKwh` has it. */
export function formatBand(
  low: number | null | undefined,
  high: number | null | undefined,
  unit: "kW" | "kWh",
): string | null {
  if (low === null || low === undefined || high === null || high === undefined) return null;
  if (unit === "kWh" && isTiny(high)) return bandIn(low * 1_000, high * 1_000, "Wh");
  return bandIn(low, high, unit);
}

function bandIn(low: number, high: number, unit: string): string {
  const digits = digitsFor(high);
  return `${formatNumber(low, digits)}–${formatNumber(high, digits)} ${unit}`;
}

/** A number with at most three significant decimals, for evidence whose unit is in its label. */
export function formatPlain(value: number): string {
  return new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 3 }).format(value);
}

export function formatPercent(share: number): string {
  return `${formatNumber(share * 100, 0)} %`;
}

/** The API sends money as a decimal string. Whole units from 100 on. */
export function formatMoney(amount: string | number | null, currency: string): string {
  if (amount === null) return messages.common.unknown;
  const value = Number(amount);
  const digits = Math.abs(value) >= 100 ? 0 : 2;
  return new Intl.NumberFormat(LOCALE, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

const timeFormats = new Map<string, Intl.DateTimeFormat>();

function timeFormat(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let format = timeFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: zone, hourCycle: "h23" });
    timeFormats.set(key, format);
  }
  return format;
}

const CLOCK = { hour: "2-digit", minute: "2-digit" } as const;
const DAY = { day: "numeric", month: "short" } as const;

export function formatClock(instant: string | number | Date, zone: string): string {
  return timeFormat(zone, CLOCK).format(new Date(instant));
}

export function formatDay(instant: string | number | Date, zone: string): string {
  return timeFormat(zone, DAY).format(new Date(instant));
}

export function formatWeekday(instant: string | number | Date, zone: string): string {
  return timeFormat(zone, { weekday: "short", ...DAY }).format(new Date(instant));
}

/** Clock alone for today, day and clock otherwise. */
export function formatMoment(instant: string, zone: string, now: number): string {
  const sameDay = formatDay(instant, zone) === formatDay(now, zone);
  const clock = formatClock(instant, zone);
  return sameDay ? clock : `${formatDay(instant, zone)}, ${clock}`;
}

/** "4 s", "12 min", "3 h", "2 d": one unit, rounded down. A clock slightly ahead counts as now. */
export function formatAge(seconds: number): string {
  const age = Math.max(0, seconds);
  if (age < MINUTE_S) return `${Math.floor(age)} s`;
  if (age < HOUR_S) return `${Math.floor(age / MINUTE_S)} min`;
  if (age < DAY_S) return `${Math.floor(age / HOUR_S)} h`;
  return `${Math.floor(age / DAY_S)} d`;
}

export function secondsSince(instant: string, now: number): number {
  return (now - Date.parse(instant)) / 1_000;
}
