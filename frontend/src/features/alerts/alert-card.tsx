import { Link } from "@tanstack/react-router";
import type { AlertOut } from "@/api/generated/wattwarden";
import { SeverityBadge } from "@/components/severity-badge";
import { AcknowledgeButton } from "@/features/alerts/acknowledge-button";
import { cn } from "@/lib/cn";
import { formatKw, formatKwh, formatMoment, formatMoney } from "@/lib/format";
import { messages } from "@/lib/messages";

export function alertPlace(alert: AlertOut): string {
  return alert.room ?? messages.alerts.wholeBlock(alert.block);
}

export function energyWords(alert: AlertOut): string {
  return alert.excess_kwh < 0
    ? messages.alerts.short(formatKwh(-alert.excess_kwh))
    : messages.alerts.excess(formatKwh(alert.excess_kwh));
}

interface AlertCardProps {
  alert: AlertOut;
  zone: string;
  now: number;
  /** Slides in: it came while the page was open. */
  arriving: boolean;
}

export function AlertCard({ alert, zone, now, arriving }: AlertCardProps) {
  const open = alert.state === "open";
  return (
    <article className={cn("space-y-2 p-4", arriving && "animate-arrive", !open && "opacity-75")}>
      <p className="flex items-center gap-2">
        <SeverityBadge severity={alert.severity} />
        <span className="truncate text-sm font-semibold">{alertPlace(alert)}</span>
        <time dateTime={alert.started_at} className="ml-auto shrink-0 text-xs text-soft">
          {messages.alerts.since(formatMoment(alert.started_at, zone, now))}
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
      <p className="flex flex-wrap gap-x-3 gap-y-0.5 text-xs">
        <span>
          <span className="font-semibold">{formatKw(alert.peak_kw)}</span>{" "}
          <span className="text-soft">{messages.alerts.against(formatKw(alert.expected_kw))}</span>
        </span>
        <span className="text-soft">{energyWords(alert)}</span>
        <span className="font-semibold">{formatMoney(alert.cost, alert.currency)}</span>
      </p>
      <AcknowledgeButton alert={alert} />
    </article>
  );
}
