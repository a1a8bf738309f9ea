import { SeverityMark } from "@/components/severity-badge";
import { RoomTile } from "@/features/overview/room-tile";
import { formatBand, formatKw } from "@/lib/format";
import { messages } from "@/lib/messages";
import type { BlockGroup, FloorGroup, RoomTotals } from "@/lib/rooms";

function Totals({ totals }: { totals: RoomTotals }) {
  const band = formatBand(totals.expectedLowKw, totals.expectedHighKw, "kW");
  return (
    <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1 text-xs text-soft">
      <span>
        <span className="text-sm font-semibold text-text">{formatKw(totals.powerKw)}</span>
        {band && <> · {messages.rooms.expected(band)}</>}
      </span>
      {totals.worst && (
        <span className="inline-flex gap-1.5">
          <SeverityMark severity={totals.worst} />
          {messages.rooms.openAlerts(totals.openAlerts)}
        </span>
      )}
      {totals.silentMeters > 0 && (
        <span className="font-medium text-stale">
          {messages.rooms.silentCount(totals.silentMeters)}
        </span>
      )}
    </p>
  );
}

function FloorRow({ group, now }: { group: FloorGroup; now: number }) {
  return (
    <div className="grid gap-x-4 gap-y-2 lg:grid-cols-[3.5rem_minmax(0,1fr)]">
      <h3 className="text-xs font-medium text-soft lg:pt-3">
        {messages.common.floor(group.floor)}
      </h3>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(6.5rem,1fr))] gap-2 sm:grid-cols-[repeat(auto-fill,minmax(9.75rem,1fr))] sm:gap-2.5">
        {group.rooms.map((room) => (
          <li key={room.room_id} className="min-w-0">
            <RoomTile room={room} now={now} />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface BlockSectionProps {
  group: BlockGroup;
  now: number;
}

export function BlockSection({ group, now }: BlockSectionProps) {
  const id = `block-${group.block}`;
  return (
    <section aria-labelledby={id} className="space-y-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 border-b pb-2">
        <h2 id={id} className="text-base font-semibold">
          {messages.common.block(group.block)}
        </h2>
        <Totals totals={group.totals} />
      </div>
      {group.floors.map((floor) => (
        <FloorRow key={floor.floor} group={floor} now={now} />
      ))}
    </section>
  );
}
