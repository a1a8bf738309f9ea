import { create } from "zustand";
import type { Connection } from "@/lib/freshness";

interface LiveStore {
  connection: Connection;
  /** Alerts that arrived while the page was open: they slide in. */
  arrived: ReadonlySet<string>;
  /** The last arrival in words, for screen readers. */
  announcement: string;
}

export const useLive = create<LiveStore>(() => ({
  connection: "connecting",
  arrived: new Set(),
  announcement: "",
}));

export function setConnection(connection: Connection): void {
  useLive.setState({ connection });
}

export function noteArrival(alertId: string, announcement: string): void {
  useLive.setState(({ arrived }) => ({ arrived: new Set(arrived).add(alertId), announcement }));
}
