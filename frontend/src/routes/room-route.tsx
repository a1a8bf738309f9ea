import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { RoomPage } from "@/features/rooms/room-page";

const route = getRouteApi("/app/rooms/$roomId");

export function RoomRoute() {
  const { roomId } = route.useParams();
  const { period = "24h" } = route.useSearch();
  const navigate = useNavigate();
  return (
    <RoomPage
      roomId={Number(roomId)}
      period={period}
      onPeriod={(chosen) =>
        void navigate({
          to: "/rooms/$roomId",
          params: { roomId },
          search: { period: chosen },
          replace: true,
        })
      }
    />
  );
}
