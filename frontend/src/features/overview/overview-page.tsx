import { Building2, DoorOpen } from "lucide-react";
import { useMemo } from "react";
import type { HostelOut, RoomOut } from "@/api/generated/wattwarden";
import { useHostels, useInbox, useRooms } from "@/api/queries";
import { Legend } from "@/components/legend";
import { EmptyState, ErrorState } from "@/components/states";
import { AlertInbox } from "@/features/alerts/alert-inbox";
import { BlockSection } from "@/features/overview/block-section";
import { DataHealth } from "@/features/overview/data-health";
import { HostelSwitcher } from "@/features/overview/hostel-switcher";
import { LocalTime } from "@/features/overview/local-time";
import { OverviewSkeleton } from "@/features/overview/overview-skeleton";
import { SummaryStrip } from "@/features/overview/summary-strip";
import { messages } from "@/lib/messages";
import { groupRooms } from "@/lib/rooms";
import { useNow } from "@/lib/use-now";

const AGES_EVERY_MS = 30_000;

function Rooms({ rooms }: { rooms: RoomOut[] }) {
  const now = useNow(AGES_EVERY_MS);
  const blocks = useMemo(() => groupRooms(rooms), [rooms]);
  if (rooms.length === 0) {
    return (
      <EmptyState
        icon={DoorOpen}
        title={messages.rooms.empty}
        detail={messages.rooms.emptyDetail}
      />
    );
  }
  return (
    <div className="space-y-7">
      {blocks.map((group) => (
        <BlockSection key={group.block} group={group} now={now} />
      ))}
    </div>
  );
}

interface HostelOverviewProps {
  hostels: HostelOut[];
  hostel: HostelOut;
  onSelect: (hostelId: number) => void;
}

function HostelOverview({ hostels, hostel, onSelect }: HostelOverviewProps) {
  const rooms = useRooms(hostel.hostel_id);
  const inbox = useInbox(hostel.hostel_id);
  if (rooms.isPending) return <OverviewSkeleton />;
  if (rooms.isError) {
    return (
      <ErrorState
        title={messages.rooms.failed}
        error={rooms.error}
        onRetry={() => void rooms.refetch()}
      />
    );
  }
  return (
    <div className="space-y-5">
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
        <div>
          <HostelSwitcher hostels={hostels} selected={hostel} onSelect={onSelect} />
          <LocalTime zone={hostel.timezone} />
        </div>
        <Legend
          actual={messages.rooms.legendActual}
          expected={messages.rooms.legendExpected}
          anomaly={messages.rooms.legendAnomaly}
        />
      </div>
      <SummaryStrip hostel={hostel} rooms={rooms.data.rooms} alerts={inbox.data ?? []} />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <AlertInbox
          hostel={hostel}
          inbox={inbox}
          className="lg:sticky lg:top-[4.75rem] lg:order-last"
        />
        <div className="space-y-7">
          <Rooms rooms={rooms.data.rooms} />
          <DataHealth hostelId={hostel.hostel_id} />
        </div>
      </div>
    </div>
  );
}

interface OverviewPageProps {
  /** From the address; the first hostel when absent or not the person's. */
  hostelId: number | undefined;
  onSelect: (hostelId: number) => void;
}

export function OverviewPage({ hostelId, onSelect }: OverviewPageProps) {
  const hostels = useHostels();
  if (hostels.isPending) return <OverviewSkeleton />;
  if (hostels.isError) {
    return (
      <ErrorState
        title={messages.rooms.failed}
        error={hostels.error}
        onRetry={() => void hostels.refetch()}
      />
    );
  }
  const hostel =
    hostels.data.find((candidate) => candidate.hostel_id === hostelId) ?? hostels.data[0];
  if (!hostel) {
    return (
      <EmptyState
        icon={Building2}
        title={messages.rooms.noHostel}
        detail={messages.rooms.noHostelDetail}
      />
    );
  }
  return <HostelOverview hostels={hostels.data} hostel={hostel} onSelect={onSelect} />;
}
