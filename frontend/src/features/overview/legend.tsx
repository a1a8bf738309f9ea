import { messages } from "@/lib/messages";

/** What the small bars mean. */
export function Legend() {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-soft">
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="h-1 w-4 rounded-full bg-actual" />
        {messages.rooms.legendActual}
      </li>
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="h-2.5 w-4 rounded-sm bg-expected" />
        {messages.rooms.legendExpected}
      </li>
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="h-1 w-4 rounded-full bg-critical" />
        {messages.rooms.legendAnomaly}
      </li>
    </ul>
  );
}
