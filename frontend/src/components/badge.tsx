import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const badgeStyle = cva(
  "inline-flex items-center gap-1 rounded-full border px-2 py-0.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3.5 [&_svg]:shrink-0",
  {
    variants: {
      tone: {
        critical: "border-critical/40 bg-critical/10 text-critical",
        high: "border-high/40 bg-high/10 text-high",
        medium: "border-medium/40 bg-medium/10 text-medium",
        low: "border-line bg-sunken text-soft",
        good: "border-good/35 bg-good/10 text-good",
        stale: "border-stale/40 bg-stale/10 text-stale",
        neutral: "border-line bg-raised text-soft",
      },
    },
    defaultVariants: { tone: "neutral" },
  },
);

export type BadgeTone = NonNullable<VariantProps<typeof badgeStyle>["tone"]>;

interface BadgeProps extends ComponentProps<"span"> {
  tone?: BadgeTone;
}

export function Badge({ className, tone, ...props }: BadgeProps) {
  return <span className={cn(badgeStyle({ tone }), className)} {...props} />;
}
