import { formatClock, formatWeekday } from "@/lib/format";
import { useNow } from "@/lib/use-now";

const EVERY_MS = 10_000;

/** The hostel's own day and clock: every time on the page is in this zone. */
export function LocalTime({ zone }: { zone: string }) {
  const now = useNow(EVERY_MS);
  return (
    <p className="text-xs text-soft">
      {formatWeekday(now, zone)}, {formatClock(now, zone)} · {zone}
    </p>
  );
}
