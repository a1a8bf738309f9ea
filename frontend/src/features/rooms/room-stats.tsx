import type { RoomOut } from "@/api/generated/wattwarden";
import { BandBar } from "@/charts/band-bar";
import { Stat } from "@/components/stat";
import { formatAge, formatBand, formatKw, formatKwh, secondsSince } from "@/lib/format";
import { messages } from "@/lib/messages";
import { isReporting } from "@/lib/rooms";
import { useNow } from "@/lib/use-now";

const AGES_EVERY_MS = 10_000;

function lastSeenWords(room: RoomOut, now: number): string {
  if (room.last_seen === null) return messages.rooms.neverSeen;
  return messages.room.lastSeen(formatAge(secondsSince(room.last_seen, now)));
}

export function RoomStats({ room }: { room: RoomOut }) {
  const now = useNow(AGES_EVERY_MS);
  const band = formatBand(room.expected_low_kw, room.expected_high_kw, "kW");
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Stat
        label={messages.room.now}
        value={isReporting(room) ? formatKw(room.power_kw) : messages.common.unknown}
      >
        <BandBar
          actual={isReporting(room) ? room.power_kw : null}
          low={room.expected_low_kw}
          high={room.expected_high_kw}
          anomalous={room.worst_severity !== null}
        />
        <p>{band ? messages.rooms.expected(band) : messages.rooms.noBand}</p>
      </Stat>
      <Stat label={messages.room.today} value={formatKwh(room.today_kwh)}>
        {messages.room.sinceMidnight}
      </Stat>
      <Stat
        label={messages.room.occupancy}
        value={
          room.beds === 0
            ? messages.common.unknown
            : `${room.occupancy ?? messages.common.unknown} / ${room.beds}`
        }
      >
        {messages.rooms.occupancy(room.occupancy, room.beds)}
      </Stat>
      <Stat label={messages.room.meter} value={room.meter ?? messages.common.unknown}>
        {room.meter === null ? messages.rooms.noMeter : lastSeenWords(room, now)}
      </Stat>
    </div>
  );
}
