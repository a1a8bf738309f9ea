import { Clock, LoaderCircle, type LucideIcon, Radio, WifiOff } from "lucide-react";
import { useHealth } from "@/api/queries";
import { Badge, type BadgeTone } from "@/components/badge";
import { useLive } from "@/features/live/live-store";
import { formatAge, secondsSince } from "@/lib/format";
import { type Freshness, freshnessOf } from "@/lib/freshness";
import { messages } from "@/lib/messages";
import { useNow } from "@/lib/use-now";

const LOOKS: Record<Freshness, { tone: BadgeTone; icon: LucideIcon }> = {
  live: { tone: "good", icon: Radio },
  connecting: { tone: "neutral", icon: LoaderCircle },
  lost: { tone: "stale", icon: WifiOff },
  stale: { tone: "stale", icon: Clock },
  never: { tone: "neutral", icon: Clock },
};

/** "live · 4 s ago": whether the page is live, and how old the last reading is. */
export function FreshnessBadge() {
  const now = useNow(1_000);
  const connection = useLive((live) => live.connection);
  const health = useHealth();
  const last = health.data?.last_reading_received ?? null;
  const age = last === null ? null : secondsSince(last, now);
  const freshness = health.isPending ? "connecting" : freshnessOf(connection, age);
  const { tone, icon: Icon } = LOOKS[freshness];
  return (
    <Badge tone={tone} title={messages.live.explain}>
      <Icon aria-hidden />
      {messages.live[freshness]}
      {age !== null && <span> · {messages.common.ago(formatAge(age))}</span>}
    </Badge>
  );
}
