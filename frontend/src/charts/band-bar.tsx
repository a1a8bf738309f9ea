import { cn } from "@/lib/cn";

interface BandBarProps {
  actual: number | null;
  low: number | null;
  high: number | null;
  /** Paints what lies above the band red. */
  anomalous: boolean;
  className?: string;
}

/** Room above the band's upper edge, so that an ordinary room's bar ends well before the right edge. */
const HEADROOM = 1.6;

/** Actual against the expected band as one small bar. Decorative: the numbers stand beside it as text. */
export function BandBar({ actual, low, high, anomalous, className }: BandBarProps) {
  const value = actual ?? 0;
  const end = Math.max((high ?? 0) * HEADROOM, value * 1.05) || 1;
  const share = (part: number) => (100 * part) / end;
  const split = anomalous && high !== null ? Math.min(value, high) : value;
  return (
    <svg
      aria-hidden
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      className={cn("block h-2 w-full overflow-hidden rounded-full bg-sunken", className)}
    >
      {low !== null && high !== null && (
        <rect x={share(low)} width={share(high - low)} height="8" className="fill-expected" />
      )}
      <rect y="2.5" width={share(split)} height="3" className="fill-actual" />
      {value > split && (
        <rect
          x={share(split)}
          y="2.5"
          width={share(value - split)}
          height="3"
          className="fill-critical"
        />
      )}
    </svg>
  );
}
