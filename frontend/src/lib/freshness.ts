/** Whether what the page shows is live, said from the socket's state and the last reading's arrival. */
export type Connection = "connecting" | "open" | "lost";
export type Freshness = "live" | "connecting" | "lost" | "stale" | "never";

/** Without a reading for this long something upstream has stopped; meters report at least hourly. */
export const STALE_AFTER_S = 5_400;

export function freshnessOf(connection: Connection, ageSeconds: number | null): Freshness {
  if (connection === "lost") return "lost";
  if (ageSeconds === null) return "never";
  if (ageSeconds > STALE_AFTER_S) return "stale";
  return connection === "open" ? "live" : "connecting";
}
