/** How uPlot draws energy against the expected band. */
import uPlot from "uplot";
import { type ChartColours, chartColours } from "@/charts/chart-colours";
import { formatClock, formatDay } from "@/lib/format";
import type { Bucket, Span } from "@/lib/series";

const FONT = '12px "Inter Variable", ui-sans-serif, sans-serif';
const SECOND_MS = 1_000;
const SHADE = 0.1;
const HEADROOM = 1.08;

/** Times in seconds, upper edge, lower edge, actual. The last bucket is repeated at its end, so that its step has width. */
export function chartData(buckets: Bucket[]): uPlot.AlignedData {
  const last = buckets.at(-1);
  const steps = last ? [...buckets, { ...last, from: last.to }] : buckets;
  return [
    steps.map((step) => step.from / SECOND_MS),
    steps.map((step) => step.point.expected_high_kwh),
    steps.map((step) => step.point.expected_low_kwh),
    steps.map((step) => step.point.kwh),
  ];
}

function shadeSpans(plot: uPlot, spans: Span[], colours: ChartColours): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.globalAlpha = SHADE;
  ctx.fillStyle = colours.anomaly;
  for (const span of spans) {
    const left = plot.valToPos(span.from / SECOND_MS, "x", true);
    const right = plot.valToPos(span.to / SECOND_MS, "x", true);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

/** Blue, turning red sharply where an anomaly was. */
function actualStroke(plot: uPlot, spans: Span[], colours: ChartColours): string | CanvasGradient {
  const { left, width } = plot.bbox;
  if (spans.length === 0 || width === 0) return colours.actual;
  const gradient = plot.ctx.createLinearGradient(left, 0, left + width, 0);
  const place = (instant: number) => {
    const position = (plot.valToPos(instant / SECOND_MS, "x", true) - left) / width;
    return Math.min(1, Math.max(0, position));
  };
  for (const span of spans) {
    gradient.addColorStop(place(span.from), colours.actual);
    gradient.addColorStop(place(span.from), colours.anomaly);
    gradient.addColorStop(place(span.to), colours.anomaly);
    gradient.addColorStop(place(span.to), colours.actual);
  }
  return gradient;
}

/** The day at midnight, the clock at other times, both in the hostel's zone. */
function tickWords(seconds: number, zone: string): string {
  const instant = seconds * SECOND_MS;
  const clock = formatClock(instant, zone);
  return clock === "00:00" ? formatDay(instant, zone) : clock;
}

interface BandChartOptions {
  width: number;
  height: number;
  zone: string;
  spans: Span[];
  /** The bucket under the pointer, null when it leaves. */
  onPoint: (index: number | null) => void;
}

export function bandChartOptions(options: BandChartOptions): uPlot.Options {
  const { width, height, zone, spans, onPoint } = options;
  const colours = chartColours();
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const edge: uPlot.Series = { paths: stepped, stroke: "transparent", points: { show: false } };
  const axis: uPlot.Axis = {
    stroke: colours.text,
    font: FONT,
    ticks: { show: false },
    grid: { stroke: colours.line, width: 1 },
  };
  return {
    width,
    height,
    padding: [12, 20, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * SECOND_MS), zone),
    scales: { y: { range: (_plot, _low, high) => [0, (high || 1) * HEADROOM] } },
    cursor: { y: false, points: { size: 8 } },
    series: [
      {},
      edge,
      edge,
      {
        paths: stepped,
        width: 2,
        stroke: (plot) => actualStroke(plot, spans, colours),
        points: { show: false },
        spanGaps: false,
      },
    ],
    bands: [{ series: [1, 2], fill: colours.expected }],
    axes: [
      {
        ...axis,
        space: 64,
        size: 30,
        grid: { show: false },
        values: (_plot, splits) => splits.map((split) => tickWords(split, zone)),
      },
      { ...axis, size: 64, values: (_plot, splits) => splits.map((split) => `${split} kWh`) },
    ],
    hooks: {
      drawClear: [(plot) => shadeSpans(plot, spans, colours)],
      setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)],
    },
  };
}
