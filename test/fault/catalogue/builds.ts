import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSources, PATCHED, UNPATCHED, type Change } from '../../fixtures/sources.ts';
import type { Expectation, FaultCase } from '../case.ts';
import { DATA, faultCase, INSTALL, slowed } from './build.ts';

/** The workers of the build that has begun the run are gone for good, and those of another one find its history. */
function anotherBuild(
  fault: string,
  place: 'deployApp' | 'createBackup',
  changes: readonly Change[],
  expect: Expectation,
): FaultCase {
  const [method, stages] =
    place === 'deployApp' ? (['deploy', INSTALL] as const) : (['createBackup', DATA] as const);
  let folder = '';
  return faultCase({
    platform: 'dummy',
    fault,
    at: { activity: place, moment: 'before' },
    stages,
    steps: slowed(method),
    prepare: async () => {
      folder = makeSources(await mkdtemp(join(tmpdir(), 'cc-ci-build-')), changes);
    },
    strike: async ({ lane }) => {
      await lane.killWorkers();
      await lane.startWorkers({}, folder);
    },
    expect,
    after: async (lane) => {
      await lane.killWorkers();
      await lane.startWorkers();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

const UNFIT: Expectation = { verdict: 'errored', code: 'E_BUILD' };

export const BUILDS: readonly FaultCase[] = [
  anotherBuild('history of an older build', 'deployApp', PATCHED, { verdict: 'passed' }),
  anotherBuild('history of an older build', 'createBackup', PATCHED, { verdict: 'passed' }),
  anotherBuild('history that does not fit the new build', 'deployApp', UNPATCHED, UNFIT),
];
