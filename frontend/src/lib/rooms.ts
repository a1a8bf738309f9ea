/** Rooms summed and grouped. What a group says is always the sum of its rooms. */
import type { RoomOut, Severity } from "@/api/generated/wattwarden";
import { severityRank, worstSeverity } from "@/lib/severity";

export interface RoomTotals {
  rooms: number;
  /** Rooms whose meter reports and whose power is known: the ones behind `powerKw`. */
  reporting: number;
  powerKw: number;
  /** Of the reporting rooms that have an expectation; null when none has. */
  expectedKw: number | null;
  expectedLowKw: number | null;
  expectedHighKw: number | null;
  /** Sum of what each room draws above or too little below its own band. */
  deviatingKw: number;
  openAlerts: number;
  silentMeters: number;
  worst: Severity | null;
}

export interface FloorGroup {
  floor: number;
  rooms: RoomOut[];
  totals: RoomTotals;
}

export interface BlockGroup {
  block: string;
  floors: FloorGroup[];
  totals: RoomTotals;
}

export function isSilent(room: RoomOut): boolean {
  return room.meter !== null && room.health !== "ok";
}

export function isReporting(room: RoomOut): boolean {
  return room.health === "ok" && room.power_kw !== null;
}

function sumKnown(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

export function totalsOf(rooms: RoomOut[]): RoomTotals {
  const reporting = rooms.filter(isReporting);
  return {
    rooms: rooms.length,
    reporting: reporting.length,
    powerKw: sumKnown(reporting.map((room) => room.power_kw)) ?? 0,
    expectedKw: sumKnown(reporting.map((room) => room.expected_kw)),
    expectedLowKw: sumKnown(reporting.map((room) => room.expected_low_kw)),
    expectedHighKw: sumKnown(reporting.map((room) => room.expected_high_kw)),
    deviatingKw: rooms.reduce((sum, room) => sum + Math.abs(deviationKw(room)), 0),
    openAlerts: rooms.reduce((sum, room) => sum + room.open_alerts, 0),
    silentMeters: rooms.filter(isSilent).length,
    worst: worstSeverity(rooms.map((room) => room.worst_severity)),
  };
}

/** kW outside the expected band: positive above, negative below, 0 inside or unknown. */
export function deviationKw(room: RoomOut): number {
  const { power_kw: power, expected_low_kw: low, expected_high_kw: high } = room;
  if (power === null || !isReporting(room)) return 0;
  if (high !== null && power > high) return power - high;
  if (low !== null && power < low) return power - low;
  return 0;
}

/** Severity, then a silent meter, then the size of the deviation, then the name. */
function worstFirst(one: RoomOut, other: RoomOut): number {
  return (
    severityRank(other.worst_severity) - severityRank(one.worst_severity) ||
    Number(isSilent(other)) - Number(isSilent(one)) ||
    Math.abs(deviationKw(other)) - Math.abs(deviationKw(one)) ||
    one.name.localeCompare(other.name, undefined, { numeric: true })
  );
}

function groupBy<Key>(rooms: RoomOut[], keyOf: (room: RoomOut) => Key): Map<Key, RoomOut[]> {
  const groups = new Map<Key, RoomOut[]>();
  for (const room of rooms) {
    const key = keyOf(room);
    const group = groups.get(key);
    if (group) group.push(room);
    else groups.set(key, [room]);
  }
  return groups;
}

/** Worst severity first, then the most kW outside the band; without alerts, in the order people walk. */
function worstGroupFirst(one: RoomTotals, other: RoomTotals): number {
  const bySeverity = severityRank(other.worst) - severityRank(one.worst);
  return bySeverity || (one.worst ? other.deviatingKw - one.deviatingKw : 0);
}

/** Blocks, their floors and the floors' rooms, each worst first. */
export function groupRooms(rooms: RoomOut[]): BlockGroup[] {
  const blocks = [...groupBy(rooms, (room) => room.block)].map(([block, inBlock]) => ({
    block,
    totals: totalsOf(inBlock),
    floors: [...groupBy(inBlock, (room) => room.floor)]
      .map(([floor, onFloor]) => ({
        floor,
        totals: totalsOf(onFloor),
        rooms: onFloor.toSorted(worstFirst),
      }))
      .toSorted(
        (one, other) => worstGroupFirst(one.totals, other.totals) || one.floor - other.floor,
      ),
  }));
  return blocks.toSorted(
    (one, other) =>
      worstGroupFirst(one.totals, other.totals) ||
      one.block.localeCompare(other.block, undefined, { numeric: true }),
  );
}
