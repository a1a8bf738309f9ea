import { ChevronsUpDown } from "lucide-react";
import type { HostelOut } from "@/api/generated/wattwarden";
import { messages } from "@/lib/messages";

interface HostelSwitcherProps {
  hostels: HostelOut[];
  selected: HostelOut;
  onSelect: (hostelId: number) => void;
}

/** The hostel's name as the page's title; a native select over it when there are several (phones show their own list). */
export function HostelSwitcher({ hostels, selected, onSelect }: HostelSwitcherProps) {
  const several = hostels.length > 1;
  return (
    <div className="relative inline-flex items-center gap-2 rounded-lg has-focus-visible:outline-2 has-focus-visible:outline-offset-4 has-focus-visible:outline-action">
      <h1 className="text-2xl font-semibold tracking-tight">{selected.name}</h1>
      {several && (
        <>
          <ChevronsUpDown aria-hidden className="size-4 text-soft" />
          <select
            aria-label={messages.rooms.hostel}
            className="absolute inset-0 cursor-pointer opacity-0"
            value={selected.hostel_id}
            onChange={(event) => onSelect(Number(event.target.value))}
          >
            {hostels.map((hostel) => (
              <option key={hostel.hostel_id} value={hostel.hostel_id}>
                {hostel.name}
              </option>
            ))}
          </select>
        </>
      )}
    </div>
  );
}
