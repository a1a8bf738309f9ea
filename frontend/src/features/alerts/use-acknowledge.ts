import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import {
  type AlertDetail,
  type AlertOut,
  acknowledgeAlert,
  getReadAlertQueryKey,
} from "@/api/generated/wattwarden";
import { inboxOptions, refreshAround, useMe } from "@/api/queries";
import { acknowledged, replaceAlert } from "@/lib/alerts";

/** Shows this version of the alert wherever the page holds it. */
export function showAlert(client: QueryClient, alert: AlertOut): void {
  client.setQueryData(
    inboxOptions(alert.hostel_id).queryKey,
    (alerts) => alerts && replaceAlert(alerts, alert),
  );
  client.setQueryData<AlertDetail>(
    getReadAlertQueryKey(alert.alert_id),
    (detail) => detail && { ...detail, alert },
  );
}

/** Acknowledges at once on the page; takes it back when the server refuses. */
export function useAcknowledge(alert: AlertOut) {
  const client = useQueryClient();
  const me = useMe();
  return useMutation({
    mutationFn: () => acknowledgeAlert(alert.alert_id, {}),
    onMutate: async () => {
      await client.cancelQueries({ queryKey: inboxOptions(alert.hostel_id).queryKey });
      showAlert(client, acknowledged(alert, me.data?.name ?? null, new Date().toISOString()));
      return { before: alert };
    },
    onError: (_error, _variables, context) => {
      if (context) showAlert(client, context.before);
      // Somebody else may have been first: show what the server says now.
      refreshAround(client, alert);
      void client.invalidateQueries({ queryKey: inboxOptions(alert.hostel_id).queryKey });
    },
    onSuccess: (confirmed) => {
      showAlert(client, confirmed);
      refreshAround(client, confirmed);
    },
  });
}
