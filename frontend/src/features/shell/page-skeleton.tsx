import { LoadingRegion, Skeleton } from "@/components/states";

const STATS = ["first", "second", "third", "fourth"];

/** The shape that the room's and the alert's page share. */
export function PageSkeleton() {
  return (
    <LoadingRegion className="space-y-5">
      <Skeleton className="h-14 w-64" />
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {STATS.map((stat) => (
          <Skeleton key={stat} className="h-26" />
        ))}
      </div>
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <Skeleton className="h-96" />
        <Skeleton className="h-64" />
      </div>
    </LoadingRegion>
  );
}
