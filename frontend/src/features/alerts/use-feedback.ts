import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type AlertOut, type FeedbackRequest, sayWhatItWas } from "@/api/generated/wattwarden";
import { inboxOptions, refreshAround, useMe } from "@/api/queries";
import { showAlert } from "@/features/alerts/use-acknowledge";

/** Says what the alert was, at once on the page; takes it back when the server refuses. */
export function useFeedback(alert: AlertOut) {
  const client = useQueryClient();
  const me = useMe();
  return useMutation({
    mutationFn: (said: FeedbackRequest) => sayWhatItWas(alert.alert_id, said),
    onMutate: async ({ verdict, note }) => {
      await client.cancelQueries({ queryKey: inboxOptions(alert.hostel_id).queryKey });
      const who = { user_id: me.data?.user_id ?? 0, by: me.data?.name ?? "" };
      const feedback = { verdict, note: note ?? null, ...who, at: new Date().toISOString() };
      showAlert(client, { ...alert, feedback });
      return { before: alert };
    },
    onError: (_error, _said, context) => {
      if (context) showAlert(client, context.before);
    },
    onSuccess: (confirmed) => {
      showAlert(client, confirmed);
      refreshAround(client, confirmed);
    },
  });
}
