import type { UseQueryResult } from "@tanstack/react-query";
import { BellRing } from "lucide-react";
import { useState } from "react";
import type { AlertOut, HostelOut } from "@/api/generated/wattwarden";
import { OPEN_LIMIT } from "@/api/queries";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { EmptyState, ErrorState, LoadingRegion, Skeleton } from "@/components/states";
import { AlertCard } from "@/features/alerts/alert-card";
import { useLive } from "@/features/live/live-store";
import { openCountWords } from "@/lib/alerts";
import { cn } from "@/lib/cn";
import { messages } from "@/lib/messages";
import { useNow } from "@/lib/use-now";

const TITLE_ID = "alert-inbox";
const AGES_EVERY_MS = 30_000;
/** On a phone the inbox stands above the rooms, so it shows this many until asked for all. */
const SHOWN_ON_PHONE = 3;

interface AlertListProps {
  alerts: AlertOut[];
  zone: string;
}

function AlertList({ alerts, zone }: AlertListProps) {
  const now = useNow(AGES_EVERY_MS);
  const arrived = useLive((live) => live.arrived);
  const [all, setAll] = useState(false);
  const cut = !all && alerts.length > SHOWN_ON_PHONE;
  return (
    <>
      <ul className="divide-y overflow-y-auto lg:max-h-[calc(100dvh-13rem)]">
        {alerts.map((alert, index) => (
          <li
            key={alert.alert_id}
            className={cn(cut && index >= SHOWN_ON_PHONE && "hidden lg:block")}
          >
            <AlertCard alert={alert} zone={zone} now={now} arriving={arrived.has(alert.alert_id)} />
          </li>
        ))}
      </ul>
      {cut && (
        <div className="border-t p-2 lg:hidden">
          <Button variant="ghost" size="sm" className="w-full" onClick={() => setAll(true)}>
            {messages.alerts.showAll(alerts.length)}
          </Button>
        </div>
      )}
    </>
  );
}

function InboxBody({ inbox, zone }: { inbox: AlertInboxProps["inbox"]; zone: string }) {
  if (inbox.isPending) {
    return (
      <LoadingRegion className="space-y-3 p-4">
        <Skeleton className="h-28" />
        <Skeleton className="h-28" />
      </LoadingRegion>
    );
  }
  if (inbox.isError) {
    return (
      <ErrorState
        title={messages.alerts.failed}
        error={inbox.error}
        onRetry={() => void inbox.refetch()}
      />
    );
  }
  if (inbox.data.length === 0) {
    return (
      <EmptyState
        icon={BellRing}
        title={messages.alerts.empty}
        detail={messages.alerts.emptyDetail}
      />
    );
  }
  return <AlertList alerts={inbox.data} zone={zone} />;
}

interface AlertInboxProps {
  hostel: HostelOut;
  inbox: UseQueryResult<AlertOut[]>;
  className?: string;
}

/** The hostel's alerts, renewed by the live connection. */
export function AlertInbox({ hostel, inbox, className }: AlertInboxProps) {
  const open = openCountWords(inbox.data ?? [], OPEN_LIMIT);
  return (
    <Card aria-labelledby={TITLE_ID} className={cn("overflow-hidden", className)}>
      <div className="flex items-center justify-between border-b px-4 py-3">
        <CardTitle id={TITLE_ID}>{messages.alerts.inbox}</CardTitle>
        <span className="text-xs text-soft">{messages.alerts.open(open)}</span>
      </div>
      <InboxBody inbox={inbox} zone={hostel.timezone} />
    </Card>
  );
}
