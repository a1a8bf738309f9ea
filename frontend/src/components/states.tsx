import { CloudOff, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { problemWords } from "@/api/client";
import { Button } from "@/components/button";
import { cn } from "@/lib/cn";
import { messages } from "@/lib/messages";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  detail?: string;
  children?: ReactNode;
  className?: string;
}

export function EmptyState({ icon: Icon, title, detail, children, className }: EmptyStateProps) {
  return (
    <div className={cn("flex flex-col items-center gap-2 px-6 py-10 text-center", className)}>
      <span className="rounded-full bg-sunken p-3 text-soft">
        <Icon aria-hidden className="size-5" />
      </span>
      <p className="text-sm font-semibold">{title}</p>
      {detail && <p className="max-w-sm text-sm text-balance text-soft">{detail}</p>}
      {children}
    </div>
  );
}

interface ErrorStateProps {
  title: string;
  error: unknown;
  onRetry?: () => void;
}

export function ErrorState({ title, error, onRetry }: ErrorStateProps) {
  return (
    <div role="alert">
      <EmptyState icon={CloudOff} title={title} detail={problemWords(error)}>
        {onRetry && (
          <Button variant="outline" size="sm" className="mt-2" onClick={onRetry}>
            {messages.common.retry}
          </Button>
        )}
      </EmptyState>
    </div>
  );
}

/** A grey shape in the place of what is loading. Hidden from screen readers: say it once with LoadingRegion. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("animate-pulse rounded-lg bg-sunken", className)} />;
}

interface LoadingRegionProps {
  children: ReactNode;
  className?: string;
}

export function LoadingRegion({ children, className }: LoadingRegionProps) {
  return (
    <div role="status" aria-label={messages.common.loading} className={className}>
      {children}
    </div>
  );
}
