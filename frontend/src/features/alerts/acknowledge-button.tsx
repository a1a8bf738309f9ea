import { Check } from "lucide-react";
import { problemWords } from "@/api/client";
import type { AlertOut } from "@/api/generated/wattwarden";
import { useMe } from "@/api/queries";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { useAcknowledge } from "@/features/alerts/use-acknowledge";
import { FormError } from "@/features/auth/form-error";
import { messages } from "@/lib/messages";

function acknowledgedWords(alert: AlertOut): string {
  if (alert.state === "resolved") {
    return alert.resolution
      ? messages.alerts.resolution[alert.resolution]
      : messages.alerts.resolved;
  }
  return alert.acknowledged_by
    ? messages.alerts.acknowledgedBy(alert.acknowledged_by)
    : messages.alerts.acknowledged;
}

/** The button while the alert is open and the person may act, its state otherwise. */
export function AcknowledgeButton({ alert }: { alert: AlertOut }) {
  const acknowledge = useAcknowledge(alert);
  const me = useMe();
  if (alert.state !== "open") {
    return (
      <Badge tone="good" className="max-w-full">
        <Check aria-hidden />
        <span className="truncate">{acknowledgedWords(alert)}</span>
      </Badge>
    );
  }
  if (!me.data?.may.includes("acknowledge")) return null;
  return (
    <div className="space-y-2">
      <Button size="sm" onClick={() => acknowledge.mutate()}>
        <Check aria-hidden />
        {messages.alerts.acknowledge}
      </Button>
      {acknowledge.isError && (
        <FormError>{messages.alerts.acknowledgeFailed(problemWords(acknowledge.error))}</FormError>
      )}
    </div>
  );
}
