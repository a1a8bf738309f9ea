import type { ReadingOut } from "@/api/generated/wattwarden";
import { useLatestReadings, useMe } from "@/api/queries";
import { Card, CardTitle } from "@/components/card";
import { DataTable } from "@/components/data-table";
import { ErrorState, LoadingRegion, Skeleton } from "@/components/states";
import { formatKwh, formatMoment, formatPlain } from "@/lib/format";
import { messages } from "@/lib/messages";

const TITLE_ID = "room-readings";

function withUnit(value: number | null, unit: string): string {
  return value === null ? messages.common.unknown : `${formatPlain(value)} ${unit}`.trim();
}

interface ReadingsTableProps {
  readings: ReadingOut[];
  zone: string;
}

function ReadingsTable({ readings, zone }: ReadingsTableProps) {
  const now = Date.now();
  return (
    <DataTable
      caption={messages.room.readings}
      columns={[
        messages.room.time,
        { label: messages.room.energy, numeric: true },
        { label: messages.room.voltage, numeric: true },
        { label: messages.room.current, numeric: true },
        { label: messages.room.powerFactor, numeric: true },
        messages.room.quality,
      ]}
      rows={readings.map((reading) => ({
        key: `${reading.meter} ${reading.ts}`,
        cells: [
          formatMoment(reading.ts, zone, now),
          formatKwh(reading.kwh),
          withUnit(reading.voltage, "V"),
          withUnit(reading.current, "A"),
          withUnit(reading.power_factor, ""),
          reading.quality.replaceAll("_", " "),
        ],
      }))}
    />
  );
}

interface ReadingsCardProps {
  roomId: number;
  zone: string;
}

export function ReadingsCard({ roomId, zone }: ReadingsCardProps) {
  const me = useMe().data;
  const allowed = me?.may.includes("read_raw") ?? false;
  const readings = useLatestReadings(roomId, allowed);
  return (
    <Card aria-labelledby={TITLE_ID} className="p-4">
      <CardTitle id={TITLE_ID} className="mb-2">
        {messages.room.readings}
      </CardTitle>
      {me && !allowed && <p className="text-sm text-soft">{messages.room.readingsHidden}</p>}
      {allowed && readings.isPending && (
        <LoadingRegion>
          <Skeleton className="h-48" />
        </LoadingRegion>
      )}
      {readings.isError && (
        <ErrorState
          title={messages.room.readingsFailed}
          error={readings.error}
          onRetry={() => void readings.refetch()}
        />
      )}
      {readings.data?.readings.length === 0 && (
        <p className="text-sm text-soft">{messages.room.readingsEmpty}</p>
      )}
      {readings.data && readings.data.readings.length > 0 && (
        <ReadingsTable readings={readings.data.readings} zone={zone} />
      )}
    </Card>
  );
}
