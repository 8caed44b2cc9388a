import { continueAsNew, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { GuardReport, LateInput } from '../domain/guard.ts';
import { guardDetails } from '../domain/guard-details.ts';
import type { TeardownReport } from '../domain/results.ts';
import type { environmentGuard } from './environment-guard.ts';
import { Removal } from './removal.ts';

/** Passes of one execution: about 130 events, far below what the server bears. */
const PASSES_EACH = 12;

/**
 * Goes on with what could not be removed in time, for as long as it takes, then corrects the record. What objects cannot
 * go for weeks must not fill a history until the server ends the guard: it starts anew before that.
 */
export async function removeLate({ late }: LateInput): Promise<GuardReport> {
  const { environment, report, everyMs } = late;
  const show = (teardown: TeardownReport) => {
    setCurrentDetails(
      guardDetails({ environment }, { lease: 'returned', cause: teardown.cause, report: teardown }),
    );
  };
  const removal = new Removal(environment, report.teardown, show);
  let teardown = report.teardown;
  for (let pass = 1; ; pass += 1) {
    await sleep(everyMs, { summary: 'until the next pass for what is left' });
    teardown = await removal.pass();
    if (teardown.left.length === 0) break;
    if (pass >= PASSES_EACH) {
      await continueAsNew<typeof environmentGuard>({ late: { ...late, report: { ...report, teardown } } });
    }
  }
  await removal.amend(teardown);
  return { ...report, teardown };
}
