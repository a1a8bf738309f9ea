import { DataTable } from "@/components/data-table";
import { formatBand, formatKwh, formatMoment } from "@/lib/format";
import { messages } from "@/lib/messages";
import type { Bucket } from "@/lib/series";

interface SeriesTableProps {
  buckets: Bucket[];
  zone: string;
}

/** The chart's numbers for those who cannot or do not want to read a picture. */
export function SeriesTable({ buckets, zone }: SeriesTableProps) {
  const now = Date.now();
  return (
    <details className="border-t px-4 py-3 text-sm">
      <summary className="cursor-pointer text-xs text-soft">{messages.series.asTable}</summary>
      <div className="mt-2 max-h-72 overflow-y-auto">
        <DataTable
          caption={messages.series.title}
          columns={[
            messages.series.start,
            { label: messages.alert.actual, numeric: true },
            { label: messages.alert.band, numeric: true },
          ]}
          rows={buckets.map(({ point }) => ({
            key: point.start,
            cells: [
              formatMoment(point.start, zone, now),
              point.kwh === null ? messages.series.noData : formatKwh(point.kwh),
              formatBand(point.expected_low_kwh, point.expected_high_kwh, "kWh") ??
                messages.common.unknown,
            ],
          }))}
        />
      </div>
    </details>
  );
}
