/** What an alert was measured in: kW, V or a power factor. */
import type { AlertOut, MeasuredOut } from "@/api/generated/wattwarden";
import { formatKw, formatPlain } from "@/lib/format";
import { messages } from "@/lib/messages";

export function formatMeasured(quantity: MeasuredOut["quantity"], value: number | null): string {
  if (quantity === "power") return formatKw(value);
  if (value === null) return messages.common.unknown;
  return quantity === "voltage"
    ? `${formatPlain(Math.round(value))} V`
    : formatPlain(Math.round(value * 100) / 100);
}

/** An alert of a voltage or a power factor has no energy of its own. */
export function isOfEnergy(alert: AlertOut): boolean {
  return alert.measured.quantity === "power";
}
