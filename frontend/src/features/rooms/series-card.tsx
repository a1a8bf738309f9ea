import { ChartColumn } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import type { AnomalyOut, RoomOut, SeriesOut } from "@/api/generated/wattwarden";
import { useMe, useRoomAnomalies, useSeries } from "@/api/queries";
import { Card, CardTitle } from "@/components/card";
import { Legend } from "@/components/legend";
import { EmptyState, ErrorState, LoadingRegion, Skeleton } from "@/components/states";
import { PeriodPicker } from "@/features/rooms/period-picker";
import { SeriesTable } from "@/features/rooms/series-table";
import { formatBand, formatClock, formatKwh, formatWeekday } from "@/lib/format";
import { messages } from "@/lib/messages";
import {
  anomalySpans,
  type Bucket,
  bucketsOf,
  hasMeasurements,
  type Period,
  periodsFor,
  rangeOf,
  totalKwh,
} from "@/lib/series";
import { useNow } from "@/lib/use-now";

const BandChart = lazy(() => import("@/charts/band-chart"));
const TITLE_ID = "room-series";
const RANGE_CHECK_MS = 60_000;
const NO_ANOMALIES: AnomalyOut[] = [];

interface ReadoutProps {
  series: SeriesOut;
  bucket: Bucket | undefined;
}

/** The numbers under the pointer; the period's total when there is none. */
function Readout({ series, bucket }: ReadoutProps) {
  if (!bucket) return <>{messages.series.total(formatKwh(totalKwh(series.points)))}</>;
  const { point, from } = bucket;
  const zone = series.timezone;
  const day = formatWeekday(from, zone);
  const when = series.resolution === "hour" ? `${day}, ${formatClock(from, zone)}` : day;
  const band = formatBand(point.expected_low_kwh, point.expected_high_kwh, "kWh");
  return (
    <>
      {when} ·{" "}
      <span className="font-semibold text-text">
        {point.kwh === null ? messages.series.noData : formatKwh(point.kwh)}
      </span>
      {band && <> · {messages.rooms.expected(band)}</>}
    </>
  );
}

interface SeriesBodyProps {
  room: RoomOut;
  series: SeriesOut;
  anomalies: AnomalyOut[];
  /** Whether days are shown because of the person's role, not because of the period. */
  daysByRole: boolean;
  now: number;
}

function SeriesBody({ room, series, anomalies, daysByRole, now }: SeriesBodyProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const buckets = useMemo(() => bucketsOf(series, now), [series, now]);
  const spans = useMemo(() => anomalySpans(anomalies, buckets), [anomalies, buckets]);
  if (!hasMeasurements(series.points)) {
    return (
      <EmptyState
        icon={ChartColumn}
        title={messages.series.empty}
        detail={messages.series.emptyDetail}
        className="h-80 justify-center"
      />
    );
  }
  const bucket = pointed === null ? undefined : buckets[Math.min(pointed, buckets.length - 1)];
  return (
    <>
      <p className="px-4 text-xs text-soft">
        <Readout series={series} bucket={bucket} />
      </p>
      <div className="h-72 px-2 pb-2">
        <Suspense fallback={<Skeleton className="size-full" />}>
          <BandChart
            buckets={buckets}
            spans={spans}
            zone={series.timezone}
            label={messages.series.chartLabel(room.name)}
            onPoint={setPointed}
          />
        </Suspense>
      </div>
      {daysByRole && <p className="px-4 pb-3 text-xs text-soft">{messages.series.daily}</p>}
      <SeriesTable buckets={buckets} zone={series.timezone} />
    </>
  );
}

interface SeriesCardProps {
  room: RoomOut;
  period: Period;
  onPeriod: (period: Period) => void;
}

export function SeriesCard({ room, period, onPeriod }: SeriesCardProps) {
  const may = useMe().data?.may ?? [];
  const now = useNow(RANGE_CHECK_MS);
  const periods = periodsFor(may);
  const shown = periods.includes(period) ? period : (periods[0] ?? period);
  const series = useSeries(room.room_id, rangeOf(shown, now));
  const anomalies = useRoomAnomalies(room.room_id);
  return (
    <Card aria-labelledby={TITLE_ID} className="overflow-hidden">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 p-4 pb-2">
        <CardTitle id={TITLE_ID}>{messages.series.title}</CardTitle>
        <Legend
          actual={messages.series.actual}
          expected={messages.series.expected}
          anomaly={messages.series.anomaly}
        />
        <div className="ml-auto">
          <PeriodPicker periods={periods} selected={shown} onSelect={onPeriod} />
        </div>
      </div>
      {series.isPending && (
        <LoadingRegion className="p-4">
          <Skeleton className="h-72" />
        </LoadingRegion>
      )}
      {series.isError && (
        <ErrorState
          title={messages.series.failed}
          error={series.error}
          onRetry={() => void series.refetch()}
        />
      )}
      {series.data && (
        <SeriesBody
          room={room}
          series={series.data}
          anomalies={anomalies.data?.anomalies ?? NO_ANOMALIES}
          now={now}
          daysByRole={series.data.resolution === "day" && !may.includes("read_raw")}
        />
      )}
    </Card>
  );
}
