import { LoadingRegion, Skeleton } from "@/components/states";

const STATS = ["power", "alerts", "money", "silent"];
const TILES = Array.from({ length: 18 }, (_, index) => `tile-${index}`);

/** The overview's shape, so that nothing jumps when the rooms arrive. */
export function OverviewSkeleton() {
  return (
    <LoadingRegion className="space-y-5">
      <Skeleton className="h-8 w-56" />
      <div className="grid grid-cols-3 gap-2 sm:gap-3 lg:grid-cols-[1.6fr_1fr_1fr_1fr]">
        {STATS.map((stat) => (
          <Skeleton key={stat} className="h-28 first:col-span-3 lg:first:col-span-1" />
        ))}
      </div>
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <Skeleton className="h-64 lg:order-last lg:h-96" />
        <div className="grid grid-cols-[repeat(auto-fill,minmax(6.5rem,1fr))] gap-2 sm:grid-cols-[repeat(auto-fill,minmax(9.75rem,1fr))] sm:gap-2.5">
          {TILES.map((tile) => (
            <Skeleton key={tile} className="h-27" />
          ))}
        </div>
      </div>
    </LoadingRegion>
  );
}
