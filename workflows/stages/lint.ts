import type { LintFinding } from '../../domain/lint/finding.ts';
import type { Plan, RunInput } from '../../domain/plan.ts';
import type { StageResult } from '../../domain/stages.ts';
import { hostSteps } from '../activity-options.ts';
import type { RunRecord } from '../run-record.ts';
import { runStage } from './run-stage.ts';

const LINT_TIMEOUT_MS = 2 * 60_000;

/** Judges the recipe's files; needs no environment. */
export async function lint(
  record: RunRecord,
  input: RunInput,
  runId: string,
  plan: Plan,
): Promise<{ result: StageResult; findings: readonly LintFinding[] }> {
  let findings: readonly LintFinding[] = [];
  const { base: _asked, ...request } = input;
  const { lintRecipe } = hostSteps(input.host, LINT_TIMEOUT_MS);
  const result = await runStage(record, 'lint', async (step) => {
    findings = await step(`lint ${input.recipe} at ${input.head.slice(0, 8)}`, (summary) =>
      lintRecipe.executeWithOptions({ summary }, [
        { ...request, runId, ...(plan.base ? { base: plan.base } : {}) },
      ]),
    );
    const errors = findings.filter(({ severity }) => severity === 'error');
    return {
      assertions: errors.map(({ id, file, line, message }) => ({
        name: id,
        ok: false,
        detail: `${file}:${line}: ${message}`,
      })),
      code: 'E_LINT',
    };
  });
  return { result, findings };
}
