interface LegendProps {
  actual: string;
  expected: string;
  anomaly: string;
}

/** What the blue line, the pale band and the red mean. */
export function Legend({ actual, expected, anomaly }: LegendProps) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-soft">
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="h-1 w-4 rounded-full bg-actual" />
        {actual}
      </li>
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="h-2.5 w-4 rounded-sm bg-expected" />
        {expected}
      </li>
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="h-1 w-4 rounded-full bg-critical" />
        {anomaly}
      </li>
    </ul>
  );
}
