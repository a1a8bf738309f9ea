import type { AlertOut, HostelOut, RoomOut } from "@/api/generated/wattwarden";
import { OPEN_LIMIT } from "@/api/queries";
import { BandBar } from "@/charts/band-bar";
import { SeverityMark } from "@/components/severity-badge";
import { Stat } from "@/components/stat";
import { avoidableOf, openCountWords, openOnly } from "@/lib/alerts";
import { formatBand, formatKw, formatKwh, formatMoney } from "@/lib/format";
import { messages } from "@/lib/messages";
import { totalsOf } from "@/lib/rooms";
import { worstSeverity } from "@/lib/severity";

interface SummaryStripProps {
  hostel: HostelOut;
  rooms: RoomOut[];
  alerts: AlertOut[];
}

export function SummaryStrip({ hostel, rooms, alerts }: SummaryStripProps) {
  const totals = totalsOf(rooms);
  const open = openOnly(alerts);
  const worst = worstSeverity(open.map((alert) => alert.severity));
  const avoidable = avoidableOf(open);
  const band = formatBand(totals.expectedLowKw, totals.expectedHighKw, "kW");
  return (
    <div className="grid grid-cols-3 gap-2 sm:gap-3 lg:grid-cols-[1.6fr_1fr_1fr_1fr]">
      <Stat
        label={messages.summary.powerNow}
        value={formatKw(totals.reporting > 0 ? totals.powerKw : null)}
        className="col-span-3 lg:col-span-1"
      >
        <BandBar
          actual={totals.powerKw}
          low={totals.expectedLowKw}
          high={totals.expectedHighKw}
          anomalous={false}
        />
        <p className="flex flex-wrap justify-between gap-x-3">
          <span>{band ? messages.summary.expected(band) : messages.summary.notExpected}</span>
          <span>{messages.summary.reporting(totals.reporting, totals.rooms)}</span>
        </p>
      </Stat>
      <Stat label={messages.summary.openAlerts} value={openCountWords(alerts, OPEN_LIMIT)}>
        {worst ? <SeverityMark severity={worst} /> : messages.summary.noneOpen}
      </Stat>
      <Stat label={messages.summary.avoidable} value={formatMoney(avoidable.cost, hostel.currency)}>
        {avoidable.kwh === null
          ? messages.summary.avoidableUnknown
          : messages.summary.avoidableNote(formatKwh(avoidable.kwh))}
      </Stat>
      <Stat label={messages.summary.silent} value={totals.silentMeters}>
        {totals.silentMeters > 0 ? messages.summary.silentNote : messages.summary.allTalk}
      </Stat>
    </div>
  );
}
