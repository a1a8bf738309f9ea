import type { ReactNode } from "react";
import { Card } from "@/components/card";
import { cn } from "@/lib/cn";

interface StatProps {
  label: string;
  value: ReactNode;
  children?: ReactNode;
  className?: string;
}

/** One number with its name above and what to hold it against below. */
export function Stat({ label, value, children, className }: StatProps) {
  return (
    <Card aria-label={label} className={cn("flex min-w-0 flex-col p-3 sm:p-4", className)}>
      <p className="text-xs font-medium text-soft">{label}</p>
      <p className="mt-1 truncate text-2xl font-semibold tracking-tight">{value}</p>
      <div className="mt-auto space-y-2 pt-1 text-xs text-soft">{children}</div>
    </Card>
  );
}
