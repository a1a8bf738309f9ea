import { CircleAlert, Info, OctagonAlert, TriangleAlert } from "lucide-react";
import type { Severity } from "@/api/generated/wattwarden";
import { Badge } from "@/components/badge";
import { cn } from "@/lib/cn";
import { messages } from "@/lib/messages";

const ICONS = { low: Info, medium: CircleAlert, high: TriangleAlert, critical: OctagonAlert };
const COLOURS: Record<Severity, string> = {
  low: "text-low",
  medium: "text-medium",
  high: "text-high",
  critical: "text-critical",
};

interface SeverityProps {
  severity: Severity;
  className?: string;
}

/** Icon, word and colour together: none of them alone carries the meaning. */
export function SeverityBadge({ severity, className }: SeverityProps) {
  const Icon = ICONS[severity];
  return (
    <Badge tone={severity} className={className}>
      <Icon aria-hidden />
      {messages.severity[severity]}
    </Badge>
  );
}

/** The badge without its frame, for tight places. */
export function SeverityMark({ severity, className }: SeverityProps) {
  const Icon = ICONS[severity];
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1 text-xs font-medium",
        COLOURS[severity],
        className,
      )}
    >
      <Icon aria-hidden className="size-3.5 shrink-0" />
      {messages.severity[severity]}
    </span>
  );
}
