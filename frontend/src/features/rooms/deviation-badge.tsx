import { CircleCheck, TrendingDown, TrendingUp } from "lucide-react";
import type { RoomOut } from "@/api/generated/wattwarden";
import { Badge } from "@/components/badge";
import { formatKw } from "@/lib/format";
import { messages } from "@/lib/messages";
import { deviationKw, isReporting } from "@/lib/rooms";

/** "1.5 kW above expected". Red only with an alert, a deviation alone is no fault; green only without one. */
export function DeviationBadge({ room }: { room: RoomOut }) {
  if (!isReporting(room) || room.expected_high_kw === null) return null;
  const deviation = deviationKw(room);
  if (deviation === 0) {
    return (
      <Badge tone={room.worst_severity ? "neutral" : "good"}>
        <CircleCheck aria-hidden />
        {messages.room.within}
      </Badge>
    );
  }
  const above = deviation > 0;
  const Icon = above ? TrendingUp : TrendingDown;
  const size = formatKw(Math.abs(deviation));
  return (
    <Badge tone={room.worst_severity ?? "neutral"}>
      <Icon aria-hidden />
      {above ? messages.room.above(size) : messages.room.below(size)}
    </Badge>
  );
}
