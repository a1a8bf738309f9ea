import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

interface Column {
  label: string;
  numeric?: boolean;
}

interface Row {
  key: string;
  cells: ReactNode[];
}

interface DataTableProps {
  caption: string;
  columns: (string | Column)[];
  rows: Row[];
}

export function DataTable({ caption, columns, rows }: DataTableProps) {
  const described = columns.map((column) =>
    typeof column === "string" ? { label: column, numeric: false } : column,
  );
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-xs">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b text-left text-soft">
            {described.map(({ label, numeric }) => (
              <th
                key={label}
                scope="col"
                className={cn("py-2 pr-4 font-medium whitespace-nowrap", numeric && "text-right")}
              >
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y">
          {rows.map((row) => (
            <tr key={row.key}>
              {row.cells.map((cell, index) => (
                <td
                  key={described[index]?.label}
                  className={cn(
                    "py-2 pr-4 whitespace-nowrap",
                    described[index]?.numeric && "text-right",
                  )}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
