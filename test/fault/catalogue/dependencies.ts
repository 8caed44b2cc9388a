import type { Expectation, FaultCase, Place } from '../case.ts';
import type { HeldRequest } from '../fake-providers.ts';
import {
  cancel,
  cutConnection,
  freezeAndWake,
  freezeWorker,
  killWorker,
  orphanedRealmBehindRemoval,
  powerCut,
  remove,
  restartTemporal,
  stopWorker,
  terminate,
  wakeBehindRemoval,
  whileAsked,
} from '../strikes.ts';
import { STAGES } from '../../../domain/stages.ts';
import { faultCase, INSTALL } from './build.ts';
import { completeWith } from './complete.ts';

const CANCELLED: Expectation = { verdict: 'cancelled', code: 'E_CANCELLED' };
const TERMINATED: Expectation = { verdict: 'cancelled', code: 'E_TERMINATED' };
const nothing = () => Promise.resolve();

/** Requests by which a realm comes to be; after each of them it is half made. */
const REALM: HeldRequest = { method: 'POST', path: /^\/admin\/realms$/, done: true };
export const CLIENT: HeldRequest = { method: 'POST', path: /\/clients$/, done: true };
const USER: HeldRequest = { method: 'POST', path: /\/users$/, done: true };
const REQUESTS = {
  'realm being made': { ...REALM, done: false },
  'realm made, its answer under way': REALM,
  'client made, its answer under way': CLIENT,
  'user made, its answer under way': USER,
};

type Given = Pick<FaultCase, 'fault' | 'strike'> &
  Partial<FaultCase> &
  ({ readonly at: Place } | { readonly place: string });

/** A run of an app that signs its users in through one dependency and has another one beside. */
function portal(given: Given): FaultCase {
  const whole = (given.expect?.verdict ?? 'passed') === 'passed';
  return faultCase({
    platform: 'dummy',
    recipe: 'portal',
    stages: INSTALL,
    ...(whole ? { check: completeWith({ cold: ['keycloak', 'store'] }) } : {}),
    ...given,
  });
}

/** As `slowed`, for one of the apps. */
const slow = (method: string, recipe: string) => ({ [method]: [{ delayMs: 4_000, times: 1, recipe }] });

/** What a run does for its dependencies, with what makes it last. */
const DEPLOY = { activity: 'deployApp', role: 'keycloak' } as const;
const READY = { activity: 'awaitDependency', role: 'keycloak' } as const;
const WIRE = { activity: 'wireApp', role: 'app' } as const;
const MIDDLES = [
  { at: { ...DEPLOY, moment: 'before' }, steps: slow('deploy', 'keycloak') },
  { at: { ...READY, moment: 'before' }, steps: slow('converged', 'keycloak') },
] as const;
const realmHalfMade = { at: { ...WIRE, moment: 'before' }, place: 'realm half made' } as const;

/** Of two that are deployed side by side the other one goes on, so nobody's progress tells of a takeover. */
const kill = (at: Place) =>
  portal({ fault: 'worker killed', at, strike: killWorker, takesOver: at.role === 'app' });

const KILLS: readonly FaultCase[] = [
  { activity: 'fetchImages', role: 'keycloak' },
  DEPLOY,
  READY,
  WIRE,
  { activity: 'deployApp', role: 'app' },
].flatMap((where) => [kill({ ...where, moment: 'before' }), kill({ ...where, moment: 'after' })]);

const HALF_MADE: readonly FaultCase[] = Object.entries(REQUESTS).map(([place, request]) =>
  portal({
    fault: 'worker killed',
    at: realmHalfMade.at,
    place,
    strike: whileAsked(request, killWorker),
    takesOver: true,
  }),
);

const LOSSES = {
  'worker frozen': freezeWorker,
  'worker frozen, then woken': freezeAndWake,
  'worker stopped': stopWorker,
  'Temporal killed': restartTemporal,
  'connection cut': cutConnection,
  'power cut': powerCut,
} as const;

const OTHER_LOSSES: readonly FaultCase[] = Object.entries(LOSSES).flatMap(([fault, strike], index) => [
  // Both have the same in them: a child, and a wait.
  ...MIDDLES.filter((_middle, of) => of === index % MIDDLES.length).map((middle) =>
    portal({ ...middle, fault, strike }),
  ),
  portal({ ...realmHalfMade, fault, strike: whileAsked(CLIENT, strike), takesOver: true }),
]);

const ENDS = { cancelled: cancel, terminated: terminate, deleted: remove } as const;

/** The run ends while some of its apps are there: nothing of any of them stays. */
const CLOSINGS: readonly FaultCase[] = [
  ...Object.entries(ENDS).flatMap(([fault, strike]) => {
    const expect = fault === 'cancelled' ? CANCELLED : TERMINATED;
    return [
      ...MIDDLES.map((middle) => portal({ ...middle, fault, strike, expect })),
      portal({ ...realmHalfMade, fault, strike: whileAsked(CLIENT, strike), expect }),
      portal({
        fault,
        at: { activity: 'deployApp', role: 'app', moment: 'before' },
        steps: slow('deploy', 'portal'),
        strike,
        expect,
      }),
    ];
  }),
  ...MIDDLES.map((middle) =>
    portal({
      ...middle,
      fault: 'terminated while its worker is frozen',
      strike: wakeBehindRemoval,
      expect: TERMINATED,
    }),
  ),
  portal({
    fault: 'child outlives its run',
    at: { ...WIRE, moment: 'before' },
    strike: orphanedRealmBehindRemoval,
    expect: TERMINATED,
  }),
  portal({
    fault: 'deadline',
    place: 'dependency that is never deployed',
    steps: { deploy: [{ recipe: 'keycloak', delayMs: 120_000 }] },
    input: { deadlineMs: 6_000 },
    strike: nothing,
    expect: { verdict: 'errored', code: 'E_DEADLINE' },
  }),
];

/** There are no specs that could say anything of the dependencies. */
const GENERIC = 'install pass, upgrade pass, backup and restore pass, custom skip, lint pass';

/** What becomes of a run one of whose dependencies does not: it is graded as far as it goes, and not green. */
function unready(place: string, of: 'keycloak' | 'store', given: Partial<FaultCase>): FaultCase {
  return portal({
    fault: 'dependency never ready',
    place,
    stages: STAGES,
    strike: nothing,
    expect: { verdict: 'errored', code: 'E_DEPENDENCY' },
    check: (_run, { reason = '', rungs, dependencies = [], deployCount, expectedDeploys }) => {
      const stands = dependencies.map(({ recipe, ready }) => `${recipe} ${ready ? 'ready' : 'unready'}`);
      const wanted = ['keycloak', 'store'].map((one) => `${one} ${one === of ? 'unready' : 'ready'}`);
      const statuses = rungs.map(({ name, status }) => `${name} ${status}`).join(', ');
      return [
        ...(reason.includes(`${of} is not ready`) ? [] : [`the reason is ${reason}`]),
        ...(stands.join() === wanted.join() ? [] : [`dependencies: ${stands.join()}`]),
        ...(deployCount === expectedDeploys ? [] : [`${deployCount} deploys, expected ${expectedDeploys}`]),
        ...(statuses === GENERIC ? [] : [`rungs: ${statuses}`]),
      ];
    },
    ...given,
  });
}

const UNREADY: readonly FaultCase[] = [
  unready('does not converge', 'keycloak', {
    steps: { converged: [{ recipe: 'keycloak', fail: 'E_CONVERGE_TIMEOUT' }] },
  }),
  unready('crashes', 'store', { steps: { deploy: [{ recipe: 'store', fail: 'E_CRASH_LOOP' }] } }),
  unready('does not answer', 'keycloak', {
    // Without its service the ingress has no router.
    at: { ...READY, moment: 'before' },
    place: 'does not answer',
    strike: ({ lane }) => {
      lane.providers.silence(true);
      return Promise.resolve();
    },
    after: (lane) => {
      lane.providers.silence(false);
      return Promise.resolve();
    },
  }),
];

const FAILURES: readonly FaultCase[] = ['deploy', 'converged', 'secretValue'].map((method) =>
  portal({
    fault: 'platform fails once',
    place: `${method} of a dependency`,
    steps: { [method]: [{ recipe: 'keycloak', fail: 'E_DOCKER', message: 'the daemon is away', times: 1 }] },
    strike: nothing,
  }),
);

export const DEPENDENCIES: readonly FaultCase[] = [
  ...KILLS,
  ...HALF_MADE,
  ...OTHER_LOSSES,
  ...CLOSINGS,
  ...UNREADY,
  ...FAILURES,
];
