import type { RoomOut } from "@/api/generated/wattwarden";
import { OPEN_LIMIT, useInbox } from "@/api/queries";
import { Card, CardTitle } from "@/components/card";
import { ErrorState, LoadingRegion, Skeleton } from "@/components/states";
import { AlertCard } from "@/features/alerts/alert-card";
import { useLive } from "@/features/live/live-store";
import { openCountWords } from "@/lib/alerts";
import { messages } from "@/lib/messages";
import { useNow } from "@/lib/use-now";

const TITLE_ID = "room-alerts";
const AGES_EVERY_MS = 30_000;

interface RoomAlertsProps {
  room: RoomOut;
  zone: string;
}

export function RoomAlerts({ room, zone }: RoomAlertsProps) {
  const now = useNow(AGES_EVERY_MS);
  const arrived = useLive((live) => live.arrived);
  const inbox = useInbox(room.hostel_id);
  const alerts = inbox.data?.filter((alert) => alert.room_id === room.room_id);
  return (
    <Card aria-labelledby={TITLE_ID} className="overflow-hidden">
      <div className="flex items-center justify-between border-b px-4 py-3">
        <CardTitle id={TITLE_ID}>{messages.room.alerts}</CardTitle>
        {alerts && (
          <span className="text-xs text-soft">
            {messages.alerts.open(openCountWords(alerts, OPEN_LIMIT))}
          </span>
        )}
      </div>
      {inbox.isPending && (
        <LoadingRegion className="p-4">
          <Skeleton className="h-28" />
        </LoadingRegion>
      )}
      {inbox.isError && (
        <ErrorState
          title={messages.alerts.failed}
          error={inbox.error}
          onRetry={() => void inbox.refetch()}
        />
      )}
      {alerts?.length === 0 && <p className="p-4 text-sm text-soft">{messages.room.noAlerts}</p>}
      <ul className="divide-y">
        {alerts?.map((alert) => (
          <li key={alert.alert_id}>
            <AlertCard alert={alert} zone={zone} now={now} arriving={arrived.has(alert.alert_id)} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
