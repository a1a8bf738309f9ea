/** The generated queries with what this page adds: how often to ask again, and the inbox made of two lists. */
import { keepPreviousData, type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import {
  type AlertOut,
  getListRoomsQueryKey,
  getReadAlertQueryKey,
  getReadRoomQueryKey,
  listAlerts,
  useListAnomalies,
  useListHostels,
  useListReadings,
  useListRooms,
  useReadAlert,
  useReadDataHealth,
  useReadHealth,
  useReadMe,
  useReadRoom,
  useReadSeries,
} from "@/api/generated/wattwarden";
import { inboxOrder, receiveAlert } from "@/lib/alerts";

const ROOMS_EVERY_MS = 20_000;
const HEALTH_EVERY_MS = 15_000;
const INBOX_EVERY_MS = 60_000;
const SERIES_EVERY_MS = 60_000;
const ANOMALY_LIMIT = 200;
const READING_LIMIT = 12;
export const OPEN_LIMIT = 200;
const ACKNOWLEDGED_LIMIT = 10;

export function useMe() {
  return useReadMe({ query: { staleTime: Number.POSITIVE_INFINITY } });
}

export function useHostels() {
  return useListHostels({ query: { staleTime: INBOX_EVERY_MS } });
}

export function useRooms(hostelId: number | undefined) {
  return useListRooms(hostelId ?? 0, undefined, {
    query: { enabled: hostelId !== undefined, refetchInterval: ROOMS_EVERY_MS },
  });
}

export function useRoom(roomId: number) {
  return useReadRoom(roomId, { query: { refetchInterval: ROOMS_EVERY_MS } });
}

export function useHealth() {
  return useReadHealth({ query: { refetchInterval: HEALTH_EVERY_MS } });
}

/** Faults of the hostel's meters. */
export function useDataHealth(hostelId: number) {
  return useReadDataHealth(
    { hostel_id: hostelId },
    { query: { refetchInterval: SERIES_EVERY_MS } },
  );
}

export function useAlert(alertId: string) {
  return useReadAlert(alertId);
}

export function useSeries(roomId: number, range: { from: string; to: string }) {
  return useReadSeries(roomId, range, {
    query: { refetchInterval: SERIES_EVERY_MS, placeholderData: keepPreviousData },
  });
}

/** Readings of the room that were judged abnormal, the latest ones. */
export function useRoomAnomalies(roomId: number) {
  return useListAnomalies(
    { room_id: roomId, limit: ANOMALY_LIMIT },
    { query: { refetchInterval: SERIES_EVERY_MS } },
  );
}

/** Only for roles that may see single readings: the API refuses the others. */
export function useLatestReadings(roomId: number, allowed: boolean) {
  return useListReadings(
    roomId,
    { limit: READING_LIMIT },
    { query: { enabled: allowed, refetchInterval: ROOMS_EVERY_MS } },
  );
}

/** Alerts that came over the live connection while an inbox was being asked for. */
const arrivals = new Set<AlertOut[]>();

/** Puts an alert that came over the live connection into its inbox, also into one that is on its way. */
export function intoInbox(client: QueryClient, alert: AlertOut): void {
  for (const arrived of arrivals) arrived.push(alert);
  client.setQueryData(
    inboxOptions(alert.hostel_id).queryKey,
    (alerts) => alerts && receiveAlert(alerts, alert),
  );
}

/** Every open alert of the hostel and the last acknowledged ones, in the inbox's order. */
export function inboxOptions(hostelId: number) {
  return queryOptions({
    queryKey: ["inbox", hostelId],
    queryFn: async ({ signal }): Promise<AlertOut[]> => {
      // The server may have read its table before an alert that arrives here before its answer.
      const arrived: AlertOut[] = [];
      arrivals.add(arrived);
      const pages = await Promise.all([
        listAlerts({ hostel_id: hostelId, state: "open", limit: OPEN_LIMIT }, { signal }),
        listAlerts(
          { hostel_id: hostelId, state: "acknowledged", limit: ACKNOWLEDGED_LIMIT },
          { signal },
        ),
      ]).finally(() => arrivals.delete(arrived));
      return arrived
        .filter((alert) => alert.hostel_id === hostelId)
        .reduce(receiveAlert, pages.flatMap((page) => page.alerts).toSorted(inboxOrder));
    },
    refetchInterval: INBOX_EVERY_MS,
  });
}

export function useInbox(hostelId: number | undefined) {
  return useQuery({ ...inboxOptions(hostelId ?? 0), enabled: hostelId !== undefined });
}

/** After an alert changed: what the rooms, the alert's page and the hostel's count say is out of date. */
export function refreshAround(client: QueryClient, alert: AlertOut): void {
  void client.invalidateQueries({ queryKey: getListRoomsQueryKey(alert.hostel_id) });
  void client.invalidateQueries({ queryKey: getReadAlertQueryKey(alert.alert_id) });
  if (alert.room_id !== null) {
    void client.invalidateQueries({ queryKey: getReadRoomQueryKey(alert.room_id) });
  }
}
