import { ToggleGroup } from "radix-ui";
import { messages } from "@/lib/messages";
import { PERIODS, type Period } from "@/lib/series";

interface PeriodPickerProps {
  periods: Period[];
  selected: Period;
  onSelect: (period: Period) => void;
}

export function PeriodPicker({ periods, selected, onSelect }: PeriodPickerProps) {
  function select(value: string) {
    // Pressing the selected one again sends an empty value, which changes nothing here.
    const period = PERIODS.find((candidate) => candidate === value);
    if (period) onSelect(period);
  }
  return (
    <ToggleGroup.Root
      type="single"
      value={selected}
      onValueChange={select}
      aria-label={messages.series.period}
      className="inline-flex rounded-lg bg-sunken p-1"
    >
      {periods.map((period) => (
        <ToggleGroup.Item
          key={period}
          value={period}
          className="cursor-pointer rounded-md px-3 py-1 text-xs font-medium text-soft data-[state=on]:bg-raised data-[state=on]:text-text data-[state=on]:shadow-xs"
        >
          {messages.series.periods[period]}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
