import type { FaultCase, Place, Struck } from '../case.ts';
import { cancel, killWorker, powerCut, terminate, untilAsked } from '../strikes.ts';
import { until } from '../until.ts';
import { bringWarmUp, destroyWarm, takeWarmDown, warmRealms } from '../warm.ts';
import { faultCase, INSTALL } from './build.ts';
import { completeWith } from './complete.ts';

type Given = Pick<FaultCase, 'fault' | 'strike'> & Partial<FaultCase> & { readonly at: Place };

/** A light app that needs one with a database. */
function visitors(given: Given): FaultCase {
  const whole = (given.expect?.verdict ?? 'passed') === 'passed';
  return faultCase({
    platform: 'swarm',
    recipe: 'greeter',
    stages: INSTALL,
    ...(whole ? { check: completeWith({ cold: ['notes-postgres'] }) } : {}),
    ...given,
    input: { recipe: 'visitors', ...given.input },
  });
}

const DEPLOY = { activity: 'deployApp', role: 'notes-postgres', moment: 'middle' } as const;
const READY = { activity: 'awaitDependency', moment: 'middle' } as const;

const VISITORS: readonly FaultCase[] = [
  visitors({
    fault: 'worker killed',
    at: DEPLOY,
    place: 'middle of deployApp of a dependency',
    strike: killWorker,
    takesOver: true,
  }),
  visitors({ fault: 'worker killed', at: READY, strike: killWorker, takesOver: true }),
  visitors({ fault: 'power cut without the daemon', at: READY, strike: powerCut, takesOver: true }),
  visitors({
    fault: 'terminated',
    at: READY,
    strike: terminate,
    expect: { verdict: 'cancelled', code: 'E_TERMINATED' },
  }),
  visitors({
    fault: 'cancelled',
    at: { activity: 'deployApp', role: 'app', moment: 'middle' },
    place: 'middle of deployApp beside a dependency',
    strike: cancel,
    expect: { verdict: 'cancelled', code: 'E_CANCELLED' },
  }),
  visitors({
    fault: 'dependency never ready',
    at: { activity: 'prepare', moment: 'before' },
    place: 'crashes',
    strike: () => Promise.resolve(),
    needs: {
      'notes-postgres': (tree) =>
        tree.replace('base', 'compose.yml', /^( {2}app:\n)/m, "$1    command: ['sh', '-c', 'exit 7']\n"),
    },
    expect: { verdict: 'errored', code: 'E_DEPENDENCY' },
    check: (_run, { reason = '', stages, dependencies = [], deployCount }) => {
      const install = stages.find(({ name }) => name === 'install');
      return [
        ...(reason.includes('notes-postgres is not ready: a service keeps exiting')
          ? []
          : [`the reason is ${reason}`]),
        ...(install?.status === 'pass' ? [] : [`install is ${install?.status ?? 'missing'}`]),
        ...(dependencies[0]?.ready === false ? [] : ['the dependency is ready']),
        ...(deployCount === 2 ? [] : [`${String(deployCount)} deploys instead of 2`]),
      ];
    },
  }),
];

/** A run with a real provider, kept warm in an environment of its own: its domain is one for all lanes of a daemon. */
function gitea(given: Given): FaultCase {
  return faultCase({
    platform: 'swarm',
    recipe: 'gitea',
    stages: INSTALL,
    alone: true,
    prepare: bringWarmUp,
    expect: { verdict: 'passed', environments: 2 },
    ...given,
    check: async (run: Struck, results) => [
      ...completeWith({ cold: [], warm: ['keycloak'] })(run, results),
      ...(await warmRealms(run.lane)).map((name) => `left at the warm provider: ${name}`),
      ...(await takeWarmDown(run.lane)),
    ],
  });
}

const REMOVE = { activity: 'removeEnvironment', moment: 'before' } as const;

const GITEA: readonly FaultCase[] = [
  gitea({
    fault: 'worker killed',
    at: { activity: 'wireApp', role: 'app', moment: 'before' },
    place: 'realm half made',
    strike: async (run) => {
      run.release();
      // Client and user are still to come.
      await until('the realm is there', 60_000, async () => (await warmRealms(run.lane))[0]);
      await killWorker(run);
    },
    takesOver: true,
  }),
  gitea({
    fault: 'worker killed',
    at: REMOVE,
    place: 'realm being removed',
    strike: async (run) => {
      // The first one only looks which realms there are.
      await untilAsked(run, 2);
      await killWorker(run);
    },
    takesOver: true,
  }),
  gitea({
    fault: 'warm provider is destroyed',
    at: REMOVE,
    strike: ({ lane }) => destroyWarm(lane),
  }),
];

export const SWARM_DEPENDENCIES: readonly FaultCase[] = [...VISITORS, ...GITEA];
