import { cn } from "@/lib/cn";
import { messages } from "@/lib/messages";

export function Logo({ className }: { className?: string }) {
  return (
    <span className={cn("flex items-center gap-2.5 font-semibold tracking-tight", className)}>
      <img src="/favicon.svg" alt="" width={28} height={28} />
      {messages.product}
    </span>
  );
}
