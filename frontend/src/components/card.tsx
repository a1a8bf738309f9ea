import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export function Card({ className, ...props }: ComponentProps<"section">) {
  return <section className={cn("rounded-xl border bg-raised", className)} {...props} />;
}

interface CardTitleProps extends ComponentProps<"h2"> {
  id: string;
}

export function CardTitle({ className, ...props }: CardTitleProps) {
  return <h2 className={cn("text-sm font-semibold", className)} {...props} />;
}
