import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { OverviewPage } from "@/features/overview/overview-page";

const route = getRouteApi("/app/");

export function OverviewRoute() {
  const { hostel } = route.useSearch();
  const navigate = useNavigate();
  return (
    <OverviewPage
      hostelId={hostel}
      onSelect={(hostelId) => void navigate({ to: "/", search: { hostel: hostelId } })}
    />
  );
}
