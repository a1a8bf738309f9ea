/** The page's colours for a canvas, which knows nothing of CSS variables. */
export interface ChartColours {
  actual: string;
  expected: string;
  anomaly: string;
  text: string;
  line: string;
}

export function chartColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    actual: colour("--actual"),
    expected: colour("--expected"),
    anomaly: colour("--critical"),
    text: colour("--text-soft"),
    line: colour("--line"),
  };
}
