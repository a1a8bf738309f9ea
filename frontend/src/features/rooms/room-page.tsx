import type { HostelOut, RoomOut } from "@/api/generated/wattwarden";
import { useHostels, useRoom } from "@/api/queries";
import { Breadcrumb } from "@/components/breadcrumb";
import { SeverityBadge } from "@/components/severity-badge";
import { ErrorState } from "@/components/states";
import { DeviationBadge } from "@/features/rooms/deviation-badge";
import { ReadingsCard } from "@/features/rooms/readings-card";
import { RoomAlerts } from "@/features/rooms/room-alerts";
import { RoomStats } from "@/features/rooms/room-stats";
import { SeriesCard } from "@/features/rooms/series-card";
import { PageSkeleton } from "@/features/shell/page-skeleton";
import { messages } from "@/lib/messages";
import type { Period } from "@/lib/series";

interface RoomHeaderProps {
  room: RoomOut;
  hostel: HostelOut | undefined;
}

function RoomHeader({ room, hostel }: RoomHeaderProps) {
  return (
    <div className="space-y-1">
      <Breadcrumb
        hostelId={room.hostel_id}
        hostelName={hostel?.name ?? messages.common.overview}
        trail={[messages.common.block(room.block), messages.common.floor(room.floor)]}
      />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-2xl font-semibold tracking-tight proportional-nums">
          {messages.common.room(room.name)}
        </h1>
        {room.worst_severity && <SeverityBadge severity={room.worst_severity} />}
        <DeviationBadge room={room} />
      </div>
      <p className="text-xs text-soft">
        {messages.common.beds(room.beds)}, {room.has_ac ? messages.room.ac : messages.room.noAc}
      </p>
    </div>
  );
}

interface RoomPageProps {
  roomId: number;
  period: Period;
  onPeriod: (period: Period) => void;
}

export function RoomPage({ roomId, period, onPeriod }: RoomPageProps) {
  const room = useRoom(roomId);
  const hostels = useHostels();
  if (room.isPending || hostels.isPending) return <PageSkeleton />;
  const failed = room.isError ? room : hostels;
  if (!room.data || !hostels.data) {
    return (
      <ErrorState
        title={messages.room.failed}
        error={failed.error}
        onRetry={() => void failed.refetch()}
      />
    );
  }
  const hostel = hostels.data.find((candidate) => candidate.hostel_id === room.data.hostel_id);
  const zone = hostel?.timezone ?? "UTC";
  return (
    <div className="space-y-5">
      <RoomHeader room={room.data} hostel={hostel} />
      <RoomStats room={room.data} />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="lg:order-last">
          <RoomAlerts room={room.data} zone={zone} />
        </div>
        <div className="min-w-0 space-y-5">
          <SeriesCard room={room.data} period={period} onPeriod={onPeriod} />
          <ReadingsCard roomId={roomId} zone={zone} />
        </div>
      </div>
    </div>
  );
}
