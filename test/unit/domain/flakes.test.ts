import { describe, expect, it } from 'vitest';
import { flakeRates, type PastOutcome } from '../../../domain/flakes.ts';

/** Runs one day after the other, the oldest first. */
function outcomes(...runs: Partial<PastOutcome>[]): PastOutcome[] {
  return runs.map((run, index) => ({
    recipe: 'sample',
    runId: `run-${index}`,
    head: 'a',
    startedAt: `2026-01-0${index + 1}T00:00:00.000Z`,
    stage: 'install',
    status: 'pass',
    attempts: 1,
    ...run,
  }));
}

describe('the flake rate', () => {
  it('counts a run whose first attempt failed although it was green in the end [R-26 F-39]', () => {
    expect(flakeRates(outcomes({}, { attempts: 3 }, {}, {}))).toEqual([
      { recipe: 'sample', stage: 'install', runs: 4, retried: 1, changed: 0, rate: 0.25, lastRunId: 'run-1' },
    ]);
  });

  it('counts every change of the outcome of one head, in whatever order the runs are given [R-45 F-39]', () => {
    const runs = outcomes({}, { status: 'fail' }, {}, {});
    for (const given of [runs, runs.toReversed()]) {
      expect(flakeRates(given)).toMatchObject([{ runs: 4, changed: 2, rate: 0.5, lastRunId: 'run-2' }]);
    }
  });

  it('does not count what another head does', () => {
    expect(flakeRates(outcomes({}, { head: 'b', status: 'fail' }, {}))).toMatchObject([
      { changed: 0, rate: 0 },
    ]);
  });

  it('takes nothing for an outcome that infrastructure or the harness ended, and leaves out what did not run [O-47]', () => {
    const runs = outcomes(
      {},
      { status: 'error' },
      { status: 'unverified' },
      {},
      { status: 'skip', attempts: 0 },
      { status: 'unverified', attempts: 0 },
    );
    expect(flakeRates(runs)).toMatchObject([{ runs: 4, changed: 0, rate: 0 }]);
    expect(flakeRates(outcomes({ status: 'skip', attempts: 0 }))).toEqual([]);
  });

  it('counts a run once that was both retried and another than before', () => {
    expect(flakeRates(outcomes({}, { status: 'fail', attempts: 2 }))).toMatchObject([
      { retried: 1, changed: 1, rate: 0.5 },
    ]);
  });

  it('is of each stage and test by itself, the worst first', () => {
    const rates = flakeRates([
      ...outcomes({}, {}),
      ...outcomes({ test: 'answers' }, { test: 'answers', status: 'fail' }),
      ...outcomes({ recipe: 'other', attempts: 2 }),
    ]);
    expect(rates.map(({ recipe, test, rate }) => [recipe, test, rate])).toEqual([
      ['other', undefined, 1],
      ['sample', 'answers', 0.5],
      ['sample', undefined, 0],
    ]);
  });
});
