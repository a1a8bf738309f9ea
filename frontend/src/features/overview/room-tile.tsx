import { Link } from "@tanstack/react-router";
import { Unplug, Users } from "lucide-react";
import type { RoomOut } from "@/api/generated/wattwarden";
import { BandBar } from "@/charts/band-bar";
import { SeverityMark } from "@/components/severity-badge";
import { cn } from "@/lib/cn";
import { formatAge, formatBand, formatKw, secondsSince } from "@/lib/format";
import { messages } from "@/lib/messages";
import { isReporting, isSilent } from "@/lib/rooms";

const EDGES = {
  critical: "border-critical/55",
  high: "border-high/45",
  medium: "border-medium/45",
  low: "",
};

function Occupancy({ room }: { room: RoomOut }) {
  if (room.beds === 0) return null;
  const words = messages.rooms.occupancy(room.occupancy, room.beds);
  return (
    <span title={words} className="inline-flex items-center gap-1 text-xs text-soft">
      <Users aria-hidden className="hidden size-3.5 sm:block" />
      <span aria-hidden>
        {room.occupancy ?? messages.common.unknown}/{room.beds}
      </span>
      <span className="sr-only">{words}</span>
    </span>
  );
}

function silenceWords(room: RoomOut, now: number): string {
  if (room.meter === null) return messages.rooms.noMeter;
  if (room.last_seen === null) return messages.rooms.neverSeen;
  return messages.rooms.silentFor(formatAge(secondsSince(room.last_seen, now)));
}

/** "0.24–0.41 kW": what the bar above it shows as the pale band. */
function ExpectedRange({ room }: { room: RoomOut }) {
  const band = formatBand(room.expected_low_kw, room.expected_high_kw, "kW");
  if (!band) return messages.rooms.noBand;
  return (
    <span title={messages.rooms.expected(band)}>
      <span className="sr-only">{messages.rooms.expected("")}</span>
      {band}
    </span>
  );
}

interface SeverityProps {
  room: RoomOut;
  className: string;
}

function Severity({ room, className }: SeverityProps) {
  return (
    room.worst_severity && <SeverityMark severity={room.worst_severity} className={className} />
  );
}

/** A phone's tile is too narrow for the severity beside the power: there it takes the band's place. */
function Power({ room }: { room: RoomOut }) {
  return (
    <>
      <p className="flex items-baseline justify-between gap-2">
        <span className="shrink-0 text-base font-semibold">{formatKw(room.power_kw)}</span>
        <Severity room={room} className="hidden sm:inline-flex" />
      </p>
      <BandBar
        actual={room.power_kw}
        low={room.expected_low_kw}
        high={room.expected_high_kw}
        anomalous={room.worst_severity !== null}
      />
      <p className="truncate text-xs text-soft">
        <span className={cn(room.worst_severity && "hidden sm:inline")}>
          <ExpectedRange room={room} />
        </span>
        <Severity room={room} className="sm:hidden" />
      </p>
    </>
  );
}

function Silence({ room, now }: { room: RoomOut; now: number }) {
  return (
    <>
      <p className="text-base font-semibold text-soft">{messages.common.unknown}</p>
      <div aria-hidden className="h-2 rounded-full border border-dashed" />
      <p
        className={cn(
          "flex items-center gap-1 text-xs",
          isSilent(room) ? "font-medium text-stale" : "text-soft",
        )}
      >
        <Unplug aria-hidden className="hidden size-3.5 shrink-0 sm:block" />
        <span className="truncate">{silenceWords(room, now)}</span>
        {room.worst_severity && <SeverityMark severity={room.worst_severity} className="ml-auto" />}
      </p>
    </>
  );
}

interface RoomTileProps {
  room: RoomOut;
  now: number;
}

export function RoomTile({ room, now }: RoomTileProps) {
  return (
    <Link
      to="/rooms/$roomId"
      params={{ roomId: String(room.room_id) }}
      className={cn(
        "block space-y-1.5 rounded-xl border bg-raised p-2.5 transition-shadow sm:p-3 hover:shadow-md hover:shadow-text/5",
        room.worst_severity && EDGES[room.worst_severity],
      )}
    >
      <p className="flex items-center justify-between gap-2">
        <span className="truncate text-sm font-medium proportional-nums">{room.name}</span>
        <Occupancy room={room} />
      </p>
      {isReporting(room) ? <Power room={room} /> : <Silence room={room} now={now} />}
    </Link>
  );
}
