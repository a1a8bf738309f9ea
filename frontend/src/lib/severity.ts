import type { Severity } from "@/api/generated/wattwarden";

const RANKS: Record<Severity, number> = { low: 1, medium: 2, high: 3, critical: 4 };

/** 0 for no severity, 4 for critical. */
export function severityRank(severity: Severity | null | undefined): number {
  return severity ? RANKS[severity] : 0;
}

export function worstSeverity(severities: (Severity | null)[]): Severity | null {
  return severities.reduce<Severity | null>(
    (worst, next) => (severityRank(next) > severityRank(worst) ? next : worst),
    null,
  );
}
