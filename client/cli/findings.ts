import type { LintFinding } from '../../domain/lint/finding.ts';
import type { Refusal } from '../../domain/plan.ts';

/** "1 error", "2 errors". */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** "E_POLICY compose.yml:7: the Docker socket … (docker-socket)" */
export function describeRefusal({ code, rule, file, line, message }: Refusal): string {
  return `${code} ${file}:${line}: ${message} (${rule})`;
}

/** Two lines: where and what, then what to do. */
export function describeFinding({ id, severity, file, line, message, remedy }: LintFinding): string[] {
  return [`${severity.padEnd(7)} ${file}:${line} ${id}: ${message}`, `        ${remedy}`];
}
