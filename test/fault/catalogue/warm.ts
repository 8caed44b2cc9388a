import { setTimeout as delay } from 'node:timers/promises';
import type { Results } from '../../../domain/results.ts';
import { placeName, type Expectation, type FaultCase, type Place, type Struck } from '../case.ts';
import type { HeldRequest } from '../fake-providers.ts';
import {
  cancel,
  guardOf,
  killWorker,
  orphanedRealmBehindRemoval,
  remove,
  restartTemporal,
  terminate,
  wakeBehindRemoval,
  whileAsked,
} from '../strikes.ts';
import { bringWarmUp, destroyWarm, startWarm, stopWarm, takeWarmDown, warmRealms } from '../warm.ts';
import { faultCase, INSTALL } from './build.ts';
import { completeWith } from './complete.ts';
import { CLIENT } from './dependencies.ts';
import { reclaim } from './orphans.ts';

const TERMINATED: Expectation = { verdict: 'cancelled', code: 'E_TERMINATED', environments: 2 };
const PASSED: Expectation = { verdict: 'passed', environments: 2 };

/** By which a realm is removed. */
const REMOVAL: HeldRequest = { method: 'DELETE', path: /^\/admin\/realms\/ci-/, done: false };

type Given = Pick<FaultCase, 'fault' | 'strike'> &
  Partial<FaultCase> & { readonly at: Place; readonly had?: Parameters<typeof completeWith>[0] };

/**
 * A run beside a Keycloak that is kept warm, which is taken down when the run is over: that is refused while a run has a
 * realm there, and afterwards nothing of it may be left either.
 */
function warmCase({ had = { cold: ['store'], warm: ['keycloak'] }, ...given }: Given): FaultCase {
  const expect = given.expect ?? PASSED;
  const complete = completeWith(had);
  return faultCase({
    platform: 'dummy',
    recipe: 'portal',
    stages: INSTALL,
    prepare: bringWarmUp,
    ...given,
    expect,
    check: async (run: Struck, results: Results) => [
      ...(expect.verdict === 'passed' ? complete(run, results) : []),
      ...(await warmRealms(run.lane)).map((name) => `left at the warm provider: ${name}`),
      ...((await given.check?.(run, results)) ?? []),
      ...(await takeWarmDown(run.lane)),
    ],
  });
}

const WAIT = { activity: 'awaitWarm' } as const;
const WIRE = { activity: 'wireApp', role: 'app' } as const;
const REMOVE = { activity: 'removeEnvironment' } as const;
const BEFORE = { moment: 'before' } as const;
const AFTER = { moment: 'after' } as const;

const KILLS: readonly FaultCase[] = [
  ...[
    { ...WAIT, ...BEFORE },
    { ...WIRE, ...AFTER },
    { ...REMOVE, ...AFTER },
  ].map((at) =>
    warmCase({
      fault: 'worker killed',
      at,
      place: `${placeName(at)}, with a warm provider`,
      strike: killWorker,
      takesOver: true,
    }),
  ),
  ...[REMOVAL, { ...REMOVAL, done: true }].map((request) =>
    warmCase({
      fault: 'worker killed',
      at: { ...REMOVE, moment: 'before' },
      place: request.done ? 'realm removed, its answer under way' : 'realm being removed',
      strike: whileAsked(request, killWorker),
      takesOver: true,
    }),
  ),
  warmCase({
    fault: 'Temporal killed',
    at: { ...REMOVE, moment: 'before' },
    place: 'realm being removed',
    strike: whileAsked(REMOVAL, restartTemporal),
    takesOver: true,
  }),
];

const ENDS = { cancelled: cancel, terminated: terminate, deleted: remove } as const;

const CLOSINGS: readonly FaultCase[] = [
  ...Object.entries(ENDS).map(([fault, strike]) =>
    warmCase({
      fault,
      at: { ...WIRE, moment: 'before' },
      place: 'realm half made at a warm provider',
      strike: whileAsked(CLIENT, strike),
      expect: fault === 'cancelled' ? { ...TERMINATED, code: 'E_CANCELLED' } : TERMINATED,
      // Its removal is the guard's work, and it was there to be removed.
      always: fault === 'terminated',
    }),
  ),
  warmCase({
    fault: 'terminated while its worker is frozen',
    at: { ...WIRE, moment: 'before' },
    place: 'realm half made at a warm provider',
    strike: whileAsked(CLIENT, wakeBehindRemoval),
    expect: TERMINATED,
  }),
  warmCase({
    fault: 'child outlives its run',
    at: { ...WIRE, moment: 'before' },
    place: 'before wireApp, with a warm provider',
    strike: orphanedRealmBehindRemoval,
    expect: TERMINATED,
  }),
];

/** It is away for a while, with its data safe. */
function stopped(at: Place, awayMs: number, given: Partial<Given> = {}): FaultCase {
  return warmCase({
    fault: 'warm provider stops for a while',
    at,
    strike: async ({ lane, release }) => {
      stopWarm(lane);
      release();
      await delay(awayMs);
      startWarm(lane);
    },
    ...given,
  });
}

/** It is back when the run has closed as leaked and its guard is gone as well: the janitor has the realm removed. */
async function outliveRunAndGuard(run: Struck): Promise<void> {
  const { lane, client, runId, release } = run;
  const guard = await guardOf(run);
  stopWarm(lane);
  release();
  await client.workflow.getHandle(runId).result();
  startWarm(lane);
  await client.workflow.getHandle(guard).terminate('a fault');
  await reclaim(run);
}

/** It is removed by hand with all its data, and its realms go with it. */
function destroyed(at: Place, given: Partial<Given> = {}): FaultCase {
  return warmCase({
    fault: 'warm provider is destroyed',
    at,
    strike: ({ lane }) => destroyWarm(lane),
    ...given,
  });
}

const COLD = { had: { cold: ['keycloak', 'store'] } } as const;

const DEATHS: readonly FaultCase[] = [
  // Before the run is planned: it deploys its own.
  stopped({ activity: 'prepare', ...BEFORE }, 4_000, COLD),
  destroyed({ activity: 'prepare', ...BEFORE }, COLD),
  // Before the realm is made.
  stopped({ ...WAIT, ...BEFORE }, 6_000),
  stopped({ ...WIRE, ...BEFORE }, 6_000),
  destroyed(
    { ...WAIT, ...BEFORE },
    {
      input: { deadlineMs: 15_000 },
      expect: { verdict: 'errored', code: 'E_DEADLINE', environments: 2 },
    },
  ),
  // With the realm made.
  stopped({ ...WIRE, ...AFTER }, 6_000),
  destroyed({ activity: 'deployApp', role: 'app', ...BEFORE }),
  // Before the realm is removed.
  stopped({ ...REMOVE, ...BEFORE }, 4_000),
  destroyed({ ...REMOVE, ...BEFORE }),
  // Nobody can say whether the realm is gone, until the provider is back.
  stopped({ ...REMOVE, ...BEFORE }, 0, {
    fault: 'warm provider stops, its run leaks, the guard is terminated',
    strike: outliveRunAndGuard,
    expect: { verdict: 'leaked', code: 'E_RESIDUE', environments: 2 },
  }),
];

export const WARM: readonly FaultCase[] = [...KILLS, ...CLOSINGS, ...DEATHS];
