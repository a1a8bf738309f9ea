import { CircleCheck, CircleDashed, TriangleAlert } from "lucide-react";
import type { Health } from "@/api/generated/wattwarden";
import { useHealth } from "@/api/queries";
import { messages } from "@/lib/messages";

function factsOf(health: Health): string[] {
  const { meters, silent_meters, outbox_waiting, messages_failed, quarantined, model_version } =
    health;
  const facts = [messages.footer.meters(meters, silent_meters)];
  if (!health.database) facts.push(messages.footer.databaseDown);
  if (outbox_waiting > 0) facts.push(messages.footer.waiting(outbox_waiting));
  if (messages_failed > 0) facts.push(messages.footer.failed(messages_failed));
  if (quarantined > 0) facts.push(messages.footer.quarantined(quarantined));
  if (model_version === null) facts.push(messages.footer.noModel);
  else if (health.model_share_last_hour === null)
    facts.push(messages.footer.modelIdle(model_version));
  else facts.push(messages.footer.model(model_version, health.model_share_last_hour));
  return facts;
}

function Status({ health }: { health: Health | undefined }) {
  if (!health) {
    return (
      <span className="inline-flex items-center gap-1.5">
        <CircleDashed aria-hidden className="size-3.5" />
        {messages.footer.unknown}
      </span>
    );
  }
  const good = health.status === "ok";
  const Icon = good ? CircleCheck : TriangleAlert;
  return (
    <span
      className={`inline-flex items-center gap-1.5 font-medium ${good ? "text-good" : "text-stale"}`}
    >
      <Icon aria-hidden className="size-3.5" />
      {good ? messages.footer.ok : messages.footer.degraded}
    </span>
  );
}

/** Whether the machinery behind the page works, in one line. */
export function HealthFooter() {
  const { data: health, isError } = useHealth();
  const known = isError ? undefined : health;
  return (
    <footer className="border-t">
      <ul className="mx-auto flex max-w-[100rem] flex-wrap gap-x-4 gap-y-1 px-4 py-3 text-xs text-soft sm:px-6">
        <li>
          <Status health={known} />
        </li>
        {known && factsOf(known).map((fact) => <li key={fact}>{fact}</li>)}
      </ul>
    </footer>
  );
}
