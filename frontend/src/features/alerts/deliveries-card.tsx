import { Check, Clock, type LucideIcon, X } from "lucide-react";
import type { DeliveryOut } from "@/api/generated/wattwarden";
import { Badge, type BadgeTone } from "@/components/badge";
import { Card, CardTitle } from "@/components/card";
import { formatMoment } from "@/lib/format";
import { messages } from "@/lib/messages";

const TITLE_ID = "alert-deliveries";

const LOOKS: Record<DeliveryOut["state"], { tone: BadgeTone; icon: LucideIcon }> = {
  queued: { tone: "neutral", icon: Clock },
  sent: { tone: "good", icon: Check },
  failed: { tone: "high", icon: X },
};

interface DeliveriesCardProps {
  deliveries: DeliveryOut[];
  zone: string;
  now: number;
}

export function DeliveriesCard({ deliveries, zone, now }: DeliveriesCardProps) {
  return (
    <Card aria-labelledby={TITLE_ID} className="p-4">
      <CardTitle id={TITLE_ID} className="mb-2">
        {messages.alert.deliveries}
      </CardTitle>
      {deliveries.length === 0 && (
        <p className="text-sm text-soft">{messages.alert.noDeliveries}</p>
      )}
      <ul className="divide-y">
        {deliveries.map((delivery) => {
          const { tone, icon: Icon } = LOOKS[delivery.state];
          return (
            <li
              key={`${delivery.channel} ${delivery.recipient} ${delivery.queued_at}`}
              className="flex items-center gap-3 py-2 text-sm"
            >
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium">{delivery.recipient}</p>
                <p className="text-xs text-soft">
                  {delivery.channel} ·{" "}
                  {formatMoment(delivery.sent_at ?? delivery.queued_at, zone, now)}
                </p>
                {delivery.error && <p className="break-words text-xs">{delivery.error}</p>}
              </div>
              <Badge tone={tone}>
                <Icon aria-hidden />
                {messages.alert.delivery[delivery.state]}
              </Badge>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
