import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { bandChartOptions, chartData } from "@/charts/band-chart-options";
import type { Bucket, Span } from "@/lib/series";
import { useTheme } from "@/lib/theme";

interface BandChartProps {
  buckets: Bucket[];
  spans: Span[];
  zone: string;
  label: string;
  onPoint: (index: number | null) => void;
}

/** Energy per bucket against the expected band. Drag to zoom, double click to see all. Fills its parent. */
export default function BandChart({ buckets, spans, zone, label, onPoint }: BandChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const theme = useTheme((state) => state.theme);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours that the canvas is drawn with
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const { clientWidth: width, clientHeight: height } = element;
    const options = bandChartOptions({ width, height, zone, spans, onPoint });
    const plot = new uPlot(options, chartData(buckets), element);
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [buckets, spans, zone, onPoint, theme]);

  return <div ref={frame} role="img" aria-label={label} className="size-full" />;
}
