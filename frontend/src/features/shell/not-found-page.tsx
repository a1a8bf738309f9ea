import { Link } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/states";
import { messages } from "@/lib/messages";

export function NotFoundPage() {
  return (
    <EmptyState
      icon={SearchX}
      title={messages.common.notFoundTitle}
      detail={messages.common.notFoundDetail}
      className="min-h-dvh justify-center"
    >
      <Button asChild variant="outline" size="sm" className="mt-2">
        <Link to="/">{messages.common.overview}</Link>
      </Button>
    </EmptyState>
  );
}
