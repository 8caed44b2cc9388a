import { recognise } from './build-results.ts';
import { errorFacts } from './errors.ts';
import type { Results, TeardownReport } from './results.ts';

/**
 * Results that were published before the removal, completed with it. What is left makes them leaked, unless they say
 * something graver; the duration stays that of the run to its verdict.
 */
export function withTeardown(results: Results, teardown: TeardownReport): Results {
  const leaked = teardown.left.length > 0;
  if (!leaked || results.verdict === 'failed') return { ...results, teardown, leaked };
  const { class: whose, remedy } = errorFacts('E_RESIDUE');
  const reason = 'teardown: objects are left';
  const graded = { verdict: 'leaked', class: whose, code: 'E_RESIDUE', reason, remedy } as const;
  return { ...results, teardown, leaked, ...graded, ...recognise(graded) };
}
