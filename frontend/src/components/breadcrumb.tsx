import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { messages } from "@/lib/messages";

interface BreadcrumbProps {
  hostelId: number;
  hostelName: string;
  trail: string[];
}

/** Hostel (a link back to the overview) › block › floor. */
export function Breadcrumb({ hostelId, hostelName, trail }: BreadcrumbProps) {
  return (
    <nav aria-label={messages.common.breadcrumb}>
      <ol className="flex flex-wrap items-center gap-1 text-xs text-soft proportional-nums">
        <li>
          <Link to="/" search={{ hostel: hostelId }} className="hover:text-text hover:underline">
            {hostelName}
          </Link>
        </li>
        {trail.map((step) => (
          <li key={step} className="flex items-center gap-1">
            <ChevronRight aria-hidden className="size-3" />
            {step}
          </li>
        ))}
      </ol>
    </nav>
  );
}
