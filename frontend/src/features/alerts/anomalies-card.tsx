import type { AnomalyOut } from "@/api/generated/wattwarden";
import { Card, CardTitle } from "@/components/card";
import { DataTable } from "@/components/data-table";
import { SeverityMark } from "@/components/severity-badge";
import { formatBand, formatKwh, formatMoment } from "@/lib/format";
import { messages } from "@/lib/messages";

const TITLE_ID = "alert-anomalies";

function knownKwh(kwh: number | null): string {
  return kwh === null ? messages.alert.unknown : formatKwh(kwh);
}

function signedKwh(kwh: number | null): string {
  if (kwh === null) return messages.alert.unknown;
  return kwh < 0 ? `−${formatKwh(-kwh)}` : `+${formatKwh(kwh)}`;
}

interface AnomaliesCardProps {
  anomalies: AnomalyOut[];
  zone: string;
  now: number;
}

export function AnomaliesCard({ anomalies, zone, now }: AnomaliesCardProps) {
  return (
    <Card aria-labelledby={TITLE_ID} className="p-4">
      <CardTitle id={TITLE_ID} className="mb-2">
        {messages.alert.anomalies}
      </CardTitle>
      <div className="max-h-96 overflow-y-auto">
        <DataTable
          caption={messages.alert.anomalies}
          columns={[
            messages.alert.time,
            messages.alert.severity,
            messages.alert.kind,
            { label: messages.alert.actual, numeric: true },
            { label: messages.alert.band, numeric: true },
            { label: messages.alert.difference, numeric: true },
          ]}
          rows={anomalies.map((anomaly) => ({
            key: anomaly.anomaly_id,
            cells: [
              formatMoment(anomaly.ts, zone, now),
              <SeverityMark key="severity" severity={anomaly.severity} />,
              messages.kind[anomaly.kind],
              knownKwh(anomaly.actual_kwh),
              formatBand(anomaly.expected_low_kwh, anomaly.expected_high_kwh, "kWh"),
              signedKwh(anomaly.excess_kwh),
            ],
          }))}
        />
      </div>
    </Card>
  );
}
