import { Link } from "@tanstack/react-router";
import type { AlertOut, HostelOut } from "@/api/generated/wattwarden";
import { useAlert, useHostels } from "@/api/queries";
import { Breadcrumb } from "@/components/breadcrumb";
import { Button } from "@/components/button";
import { SeverityBadge } from "@/components/severity-badge";
import { Stat } from "@/components/stat";
import { ErrorState } from "@/components/states";
import { AcknowledgeButton } from "@/features/alerts/acknowledge-button";
import { alertPlace } from "@/features/alerts/alert-card";
import { AnomaliesCard } from "@/features/alerts/anomalies-card";
import { DeliveriesCard } from "@/features/alerts/deliveries-card";
import { EvidenceCard } from "@/features/alerts/evidence-card";
import { FeedbackButtons } from "@/features/alerts/feedback-buttons";
import { PageSkeleton } from "@/features/shell/page-skeleton";
import { durationSeconds } from "@/lib/alerts";
import { formatAge, formatKwh, formatMoment, formatMoney, formatPercent } from "@/lib/format";
import { formatMeasured, isOfEnergy } from "@/lib/measured";
import { messages } from "@/lib/messages";
import { useNow } from "@/lib/use-now";

const AGES_EVERY_MS = 30_000;

function durationWords(alert: AlertOut, zone: string, now: number): string {
  if (alert.ongoing) return messages.alerts.ongoing;
  if (alert.unknown_since !== null) {
    return messages.alerts.unknownSince(formatMoment(alert.unknown_since, zone, now));
  }
  return messages.alerts.lasted(formatAge(durationSeconds(alert)));
}

interface AlertHeaderProps {
  alert: AlertOut;
  hostel: HostelOut | undefined;
}

function AlertHeader({ alert, hostel }: AlertHeaderProps) {
  return (
    <div className="flex flex-wrap items-end justify-between gap-4">
      <div className="space-y-1">
        <Breadcrumb
          hostelId={alert.hostel_id}
          hostelName={hostel?.name ?? messages.common.overview}
          trail={[messages.common.block(alert.block), alertPlace(alert)]}
        />
        <h1 className="text-2xl font-semibold tracking-tight">{alert.title}</h1>
        <p className="flex flex-wrap items-center gap-2 text-xs text-soft">
          <SeverityBadge severity={alert.severity} />
          {messages.type[alert.type]} · {messages.alerts.incidents(alert.incidents)}
        </p>
      </div>
      <div className="flex flex-wrap items-start gap-2">
        {alert.room_id !== null && (
          <Button asChild variant="outline" size="sm">
            <Link to="/rooms/$roomId" params={{ roomId: String(alert.room_id) }}>
              {messages.alert.openRoom}
            </Link>
          </Button>
        )}
        <AcknowledgeButton alert={alert} />
      </div>
    </div>
  );
}

/** What stands below the energy: which way it strayed. */
function energyNote(excessKwh: number | null): string {
  if (excessKwh === null) return messages.alert.unknown;
  return excessKwh < 0 ? messages.alert.belowExpected : messages.alert.aboveExpected;
}

/** What was not used costs nothing, and a hostel may have no tariff: then there is nothing to say. */
function hasMoney(alert: AlertOut): boolean {
  const unknown = alert.excess_kwh === null && alert.type === "high_consumption";
  return isOfEnergy(alert) && (alert.cost !== null || unknown);
}

interface AlertStatsProps {
  alert: AlertOut;
  zone: string;
  now: number;
}

function AlertStats({ alert, zone, now }: AlertStatsProps) {
  const { quantity, value, expected } = alert.measured;
  const expectedNote = value === null ? messages.alert.peakUnknown : messages.alert.expected;
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-5">
      <Stat label={messages.alert.measured[quantity]} value={formatMeasured(quantity, value)}>
        {expectedNote(formatMeasured(quantity, expected))}
      </Stat>
      {isOfEnergy(alert) && (
        <Stat
          label={messages.alert.excess}
          value={formatKwh(alert.excess_kwh === null ? null : Math.abs(alert.excess_kwh))}
        >
          {energyNote(alert.excess_kwh)}
        </Stat>
      )}
      {hasMoney(alert) && (
        <Stat label={messages.alert.cost} value={formatMoney(alert.cost, alert.currency)}>
          {alert.cost === null ? messages.alert.costUnknown : messages.alert.costNote}
        </Stat>
      )}
      <Stat label={messages.alert.started} value={formatMoment(alert.started_at, zone, now)}>
        {durationWords(alert, zone, now)}
      </Stat>
      <Stat
        label={messages.alert.confidence}
        value={formatPercent(alert.confidence)}
        className="col-span-2 lg:col-span-1"
      >
        {messages.tier[alert.tier]}
      </Stat>
    </div>
  );
}

export function AlertPage({ alertId }: { alertId: string }) {
  const now = useNow(AGES_EVERY_MS);
  const detail = useAlert(alertId);
  const hostels = useHostels();
  if (detail.isPending || hostels.isPending) return <PageSkeleton />;
  const failed = detail.isError ? detail : hostels;
  if (!detail.data || !hostels.data) {
    return (
      <ErrorState
        title={messages.alerts.oneFailed}
        error={failed.error}
        onRetry={() => void failed.refetch()}
      />
    );
  }
  const { alert, anomalies, witness, deliveries } = detail.data;
  const hostel = hostels.data.find((candidate) => candidate.hostel_id === alert.hostel_id);
  const zone = hostel?.timezone ?? "UTC";
  return (
    <div className="space-y-5">
      <AlertHeader alert={alert} hostel={hostel} />
      <FeedbackButtons alert={alert} />
      <AlertStats alert={alert} zone={zone} now={now} />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="min-w-0 space-y-5">
          <EvidenceCard alert={alert} witness={witness} zone={zone} now={now} />
          <AnomaliesCard anomalies={anomalies} zone={zone} now={now} />
        </div>
        <DeliveriesCard deliveries={deliveries} zone={zone} now={now} />
      </div>
    </div>
  );
}
