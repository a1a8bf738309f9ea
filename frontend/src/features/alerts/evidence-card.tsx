import type { AlertOut, AnomalyOut } from "@/api/generated/wattwarden";
import { Card, CardTitle } from "@/components/card";
import { formatMoment } from "@/lib/format";
import { messages } from "@/lib/messages";
import { evidenceOf } from "@/lib/reasons";

const TITLE_ID = "alert-evidence";

interface EvidenceCardProps {
  alert: AlertOut;
  /** The reading that lies furthest out. */
  witness: AnomalyOut | null;
  zone: string;
  now: number;
}

export function EvidenceCard({ alert, witness, zone, now }: EvidenceCardProps) {
  const evidence = witness ? evidenceOf(witness.reasons) : [];
  return (
    <Card aria-labelledby={TITLE_ID} className="space-y-3 p-4">
      <CardTitle id={TITLE_ID}>{messages.alert.evidence}</CardTitle>
      <p className="text-sm leading-relaxed">{alert.why}</p>
      {evidence.length === 0 ? (
        <p className="text-sm text-soft">{messages.alert.evidenceEmpty}</p>
      ) : (
        <dl className="grid gap-x-8 sm:grid-cols-2">
          {evidence.map(({ label, value }) => (
            <div key={label} className="flex justify-between gap-4 border-t py-2 text-sm">
              <dt className="shrink-0 text-soft">{label}</dt>
              <dd className="text-right font-medium">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="text-xs text-soft">
        {messages.tier[alert.tier]}
        {witness && <> · {messages.alert.witness(formatMoment(witness.ts, zone, now))}</>}
      </p>
    </Card>
  );
}
