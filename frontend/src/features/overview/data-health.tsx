import { Clock, History, type LucideIcon, Pause, Scale, ShieldAlert, WifiOff } from "lucide-react";
import { useState } from "react";
import type { FaultOut, FaultOutKind } from "@/api/generated/wattwarden";
import { useDataHealth } from "@/api/queries";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { ErrorState } from "@/components/states";
import { formatAge, secondsSince } from "@/lib/format";
import { messages } from "@/lib/messages";
import { useNow } from "@/lib/use-now";

const TITLE_ID = "data-health";
const AGES_EVERY_MS = 30_000;
const SHOWN = 6;

const ICONS: Record<FaultOutKind, LucideIcon> = {
  silent: WifiOff,
  stuck: Pause,
  clock_wrong: Clock,
  implausible: ShieldAlert,
  contradicting: Scale,
  replay_failing: History,
};

function placeOf({ scope, block, room, meter }: FaultOut): string {
  if (scope === "meter") return messages.dataHealth.meter(room ?? "", meter ?? "");
  return scope === "block" ? messages.common.block(block ?? "") : messages.dataHealth.wholeHostel;
}

function FaultRow({ fault, now }: { fault: FaultOut; now: number }) {
  const Icon = ICONS[fault.kind];
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
      <Badge tone="stale">
        <Icon aria-hidden />
        {messages.dataHealth.kinds[fault.kind]}
      </Badge>
      <span className="font-medium">{placeOf(fault)}</span>
      <span className="text-soft">{fault.detail}</span>
      <span className="ml-auto text-xs text-soft">
        {messages.dataHealth.since(formatAge(secondsSince(fault.since, now)))}
      </span>
    </li>
  );
}

/** Meters whose data cannot be trusted now. Nothing is shown while there are none. */
export function DataHealth({ hostelId }: { hostelId: number }) {
  const now = useNow(AGES_EVERY_MS);
  const [all, setAll] = useState(false);
  const health = useDataHealth(hostelId);
  if (health.isError) {
    return (
      <ErrorState
        title={messages.dataHealth.failed}
        error={health.error}
        onRetry={() => void health.refetch()}
      />
    );
  }
  const faults = health.data?.faults ?? [];
  if (faults.length === 0) return null;
  const affected = faults.reduce((sum, fault) => sum + fault.meters, 0);
  return (
    <Card aria-labelledby={TITLE_ID} className="overflow-hidden">
      <div className="flex items-center justify-between gap-3 border-b px-4 py-3">
        <CardTitle id={TITLE_ID}>{messages.dataHealth.title}</CardTitle>
        <span className="text-xs text-soft">
          {messages.dataHealth.note} · {messages.dataHealth.meters(affected)}
        </span>
      </div>
      <ul className="divide-y">
        {(all ? faults : faults.slice(0, SHOWN)).map((fault) => (
          <FaultRow
            key={`${fault.kind} ${fault.block} ${fault.meter_id}`}
            fault={fault}
            now={now}
          />
        ))}
      </ul>
      {!all && faults.length > SHOWN && (
        <div className="border-t p-2">
          <Button variant="ghost" size="sm" className="w-full" onClick={() => setAll(true)}>
            {messages.dataHealth.showAll(faults.length)}
          </Button>
        </div>
      )}
    </Card>
  );
}
