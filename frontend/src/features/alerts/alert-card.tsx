import { Link } from "@tanstack/react-router";
import type { AlertOut } from "@/api/generated/wattwarden";
import { SeverityBadge } from "@/components/severity-badge";
import { AcknowledgeButton } from "@/features/alerts/acknowledge-button";
import { FeedbackButtons } from "@/features/alerts/feedback-buttons";
import { durationSeconds } from "@/lib/alerts";
import { cn } from "@/lib/cn";
import { formatAge, formatKwh, formatMoment, formatMoney } from "@/lib/format";
import { formatMeasured, isOfEnergy } from "@/lib/measured";
import { messages } from "@/lib/messages";

export function alertPlace(alert: AlertOut): string {
  return alert.room ?? messages.alerts.wholeBlock(alert.block);
}

function energyWords(alert: AlertOut): string {
  if (alert.excess_kwh === null) return messages.alerts.energyUnknown;
  return alert.excess_kwh < 0
    ? messages.alerts.short(formatKwh(-alert.excess_kwh))
    : messages.alerts.excess(formatKwh(alert.excess_kwh));
}

/** "since 10:26" while it goes on, "23 Oct, 12:30, for 3 h" afterwards. */
function whenWords(alert: AlertOut, zone: string, now: number): string {
  const start = formatMoment(alert.started_at, zone, now);
  const duration = durationSeconds(alert);
  if (alert.ongoing) return messages.alerts.since(start);
  if (alert.unknown_since !== null) {
    return messages.alerts.unknownSince(formatMoment(alert.unknown_since, zone, now));
  }
  return duration > 0 ? messages.alerts.over(start, formatAge(duration)) : start;
}

/** Measured against expected, then, of a load, what it came to in energy and money. */
function AlertNumbers({ alert }: { alert: AlertOut }) {
  const costs = alert.cost !== null && Number(alert.cost) > 0;
  const { quantity, value } = alert.measured;
  const expected = formatMeasured(quantity, alert.measured.expected);
  return (
    <div className="min-w-0 flex-1 basis-40 space-y-0.5 text-xs text-soft">
      <p>
        {value === null ? (
          messages.alerts.powerUnknown(expected)
        ) : (
          <>
            <span className="font-semibold text-text">{formatMeasured(quantity, value)}</span>{" "}
            {messages.alerts.against(expected)}
          </>
        )}
      </p>
      {isOfEnergy(alert) && (
        <p>
          {costs && (
            <span className="font-semibold text-text">
              {formatMoney(alert.cost, alert.currency)}
            </span>
          )}
          {costs && " · "}
          {energyWords(alert)}
        </p>
      )}
    </div>
  );
}

interface AlertCardProps {
  alert: AlertOut;
  zone: string;
  now: number;
  /** Slides in: it came while the page was open. */
  arriving: boolean;
}

export function AlertCard({ alert, zone, now, arriving }: AlertCardProps) {
  return (
    <article
      className={cn(
        "space-y-2 p-4",
        arriving && "animate-arrive",
        alert.state !== "open" && "bg-surface",
      )}
    >
      <p className="flex items-center gap-2">
        <SeverityBadge severity={alert.severity} />
        <span className="truncate text-sm font-semibold proportional-nums">
          {alertPlace(alert)}
        </span>
        <time dateTime={alert.started_at} className="ml-auto shrink-0 text-xs text-soft">
          {whenWords(alert, zone, now)}
        </time>
      </p>
      <h3 className="text-sm font-medium">
        <Link
          to="/alerts/$alertId"
          params={{ alertId: alert.alert_id }}
          className="hover:underline"
        >
          {alert.title}
        </Link>
      </h3>
      <p className="text-xs leading-relaxed text-soft">{alert.why}</p>
      <div className="flex flex-wrap items-end justify-between gap-x-2 gap-y-2">
        <AlertNumbers alert={alert} />
        <AcknowledgeButton alert={alert} />
      </div>
      <FeedbackButtons alert={alert} />
    </article>
  );
}
