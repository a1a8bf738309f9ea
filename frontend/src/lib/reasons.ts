/** An anomaly's evidence as lines of plain words and numbers. */
import type { Kind } from "@/api/generated/wattwarden";
import { formatBand, formatKw, formatPercent, formatPlain } from "@/lib/format";
import { messages } from "@/lib/messages";

interface Evidence {
  label: string;
  value: string;
}

/** "residual24" → "Residual24", for a number the catalogue does not name yet. */
function spelledOut(key: string): string {
  const words = key.replace(/_(kwh|kw|h)$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isNumberList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

function numberWords(key: string, value: number): string {
  if (key.endsWith("_kw")) return formatKw(value);
  if (key.endsWith("_h")) return `${formatPlain(value)} h`;
  if (key.endsWith("voltage")) return `${formatPlain(value)} V`;
  const isShare = key.endsWith("_share") || key === "probability" || key === "threshold";
  return isShare || key === "ratio24" ? formatPercent(value) : formatPlain(value);
}

function ruleWords(rules: unknown[]): string {
  return rules.map((rule) => messages.kind[rule as Kind] ?? String(rule)).join(", ");
}

/** What a feature's number is: shares of the meter's usual level, deviations, ... One that is not here has no unit. */
const FEATURE_UNITS: Record<string, (value: number) => string> = {
  ...ofAll(["residual", "residual3", "residual24", "jump", "empty_excess"], (value) =>
    messages.featureUnits.level(formatPlain(value)),
  ),
  ...ofAll(["z", "pf_z3"], (value) => messages.featureUnits.deviations(formatPlain(value))),
  ...ofAll(["baseload24", "day24"], (value) =>
    messages.featureUnits.times(formatPlain(Math.round(Math.exp(value) * 100) / 100)),
  ),
  pf_fall: formatPlain,
  voltage_drift: formatPercent,
};

function ofAll(names: string[], words: (value: number) => string) {
  return Object.fromEntries(names.map((name) => [name, words]));
}

/** The features that moved the model most, each with its unit; those that have none say nothing to a person. */
function featureWords(features: unknown[]): string {
  return features
    .filter((pair): pair is [string, number] => Array.isArray(pair) && pair.length === 2)
    .flatMap(([name, value]) => {
      const label = messages.features[name];
      const unit = FEATURE_UNITS[name];
      return label && unit ? [`${label} ${unit(value)}`] : [];
    })
    .join(" · ");
}

function valueWords(key: string, value: unknown): string {
  if (key === "band_kw" && isNumberList(value)) {
    return formatBand(value.at(0), value.at(-1), "kW") ?? messages.common.unknown;
  }
  if (key === "rules" && Array.isArray(value)) return ruleWords(value);
  if (key === "top" && Array.isArray(value)) return featureWords(value);
  if (typeof value === "number") return numberWords(key, value);
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

const ORDER = Object.keys(messages.reasons);

/** The catalogue's order, from what was seen to the finer numbers; what it does not name comes last. */
function placeOf(key: string): number {
  const place = ORDER.indexOf(key);
  return place < 0 ? ORDER.length : place;
}

export function evidenceOf(reasons: Record<string, unknown>): Evidence[] {
  return Object.entries(reasons)
    .filter(([, value]) => !isEmpty(value))
    .toSorted(([one], [other]) => placeOf(one) - placeOf(other))
    .map(([key, value]) => ({
      label: messages.reasons[key] ?? spelledOut(key),
      value: valueWords(key, value),
    }))
    .filter(({ value }) => value !== "");
}
