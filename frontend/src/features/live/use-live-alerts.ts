import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { WebSocket as ReconnectingWebSocket } from "partysocket";
import { useEffect } from "react";
import { type AlertOut, createLiveTicket } from "@/api/generated/wattwarden";
import { inboxOptions, intoInbox, refreshAround } from "@/api/queries";
import { noteArrival, setConnection } from "@/features/live/live-store";
import { messages } from "@/lib/messages";

/** LiveMessage of the API's contract; messages of other types are for later pages. */
interface LiveMessage {
  type: "alert";
  alert: AlertOut;
}

export function parseLiveMessage(data: unknown): LiveMessage | null {
  if (typeof data !== "string") return null;
  try {
    const message = JSON.parse(data) as Partial<LiveMessage> | null;
    return message?.type === "alert" && message.alert ? (message as LiveMessage) : null;
  } catch {
    return null;
  }
}

/** Puts an alert that came over the socket where the pages read it. */
export function takeIn(client: QueryClient, alert: AlertOut): void {
  const { queryKey } = inboxOptions(alert.hostel_id);
  const known = client.getQueryData(queryKey)?.some((a) => a.alert_id === alert.alert_id) ?? false;
  intoInbox(client, alert);
  if (!known) noteArrival(alert.alert_id, messages.alerts.arrived(alert.title));
  refreshAround(client, alert);
}

/** A ticket opens the socket once, so that each reconnect asks for a new one. */
async function liveAddress(): Promise<string> {
  const { ticket } = await createLiveTicket();
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${window.location.host}/live?ticket=${encodeURIComponent(ticket)}`;
}

/** Keeps the live connection while mounted. What was raised before it was up, or while it was down, is fetched. */
export function useLiveAlerts(): void {
  const client = useQueryClient();
  useEffect(() => {
    const socket = new ReconnectingWebSocket(liveAddress, [], {
      minReconnectionDelay: 1_000,
      maxReconnectionDelay: 30_000,
    });
    socket.addEventListener("open", () => {
      setConnection("open");
      void client.invalidateQueries({ queryKey: ["inbox"] });
    });
    socket.addEventListener("close", () => setConnection("lost"));
    socket.addEventListener("message", ({ data }) => {
      const message = parseLiveMessage(data);
      if (message) takeIn(client, message.alert);
    });
    return () => {
      socket.close();
      setConnection("connecting");
    };
  }, [client]);
}
