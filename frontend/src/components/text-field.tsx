import { type ComponentProps, useId } from "react";

interface TextFieldProps extends ComponentProps<"input"> {
  label: string;
}

export function TextField({ label, ...props }: TextFieldProps) {
  const id = useId();
  return (
    <div className="space-y-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className="h-10 w-full rounded-lg border bg-surface px-3 text-base outline-none focus-visible:border-action focus-visible:ring-2 focus-visible:ring-action/30 sm:text-sm"
        {...props}
      />
    </div>
  );
}
