import { describe, expect, it } from 'vitest';
import {
  blocker,
  findHopeless,
  saysItWaits,
  TaskHistory,
} from '../../../activities/platform/swarm/judge-convergence.ts';
import { crashesSince } from '../../../activities/platform/swarm/service-states.ts';
import {
  endedForGood,
  isCurrent,
  settledAt,
  toServiceState,
  type ServiceView,
} from '../../../activities/platform/swarm/service-state.ts';
import { serviceShape, taskShape, type Task } from '../../../activities/platform/swarm/shapes.ts';

const NOW = Date.UTC(2026, 0, 1);
let tasks = 0;

interface TaskFacts {
  state: string;
  exit?: number;
  second?: number;
  /** How many seconds after swarm made the task it came into its state. */
  age?: number;
  image?: string;
  error?: string;
}

function view(
  name: string,
  facts: readonly TaskFacts[],
  service: { image?: string; condition?: string; update?: string; replicas?: number; checked?: boolean } = {},
): ServiceView {
  const { image = 'app:1', condition = 'any', replicas = 1, update, checked = false } = service;
  const template = (of: string) => ({
    ContainerSpec: { Image: of, ...(checked ? { Healthcheck: { Test: ['CMD', 'true'] } } : {}) },
    RestartPolicy: { Condition: condition },
  });
  const parsed = serviceShape.parse({
    ID: name,
    CreatedAt: new Date(NOW).toISOString(),
    Spec: {
      Name: `stack_${name}`,
      Labels: {},
      Mode: { Replicated: { Replicas: replicas } },
      TaskTemplate: template(image),
    },
    ...(update === undefined ? {} : { UpdateStatus: { State: update, Message: 'told so' } }),
  });
  const made: Task[] = facts.map(({ state, exit, second = 0, age = 10, image: of = image, error }) =>
    taskShape.parse({
      ID: `task-${(tasks += 1)}`,
      ServiceID: name,
      CreatedAt: new Date(NOW + (second - age) * 1000).toISOString(),
      DesiredState: ['running', 'starting', 'pending'].includes(state) ? 'running' : 'shutdown',
      Spec: { ...template(of), ForceUpdate: 0 },
      Status: {
        Timestamp: new Date(NOW + second * 1000).toISOString(),
        State: state,
        Err: error,
        ContainerStatus: { ExitCode: exit },
      },
    }),
  );
  const wanted = made.filter((task) => task.DesiredState === 'running' && isCurrent(parsed, task));
  const running = wanted.filter((task) => task.Status.State === 'running');
  return { name, service: parsed, tasks: made, wanted, running, health: 'none' };
}

function judge(...views: ServiceView[]) {
  const history = new TaskHistory();
  history.add(views);
  return { hopeless: findHopeless(views, history), blocked: views.map((one) => blocker(one, history)) };
}

const whole = (facts: Partial<TaskFacts> | undefined): TaskFacts[] =>
  facts?.state === undefined ? [] : [{ ...facts, state: facts.state }];

const exits = (count: number, exit: number, from = 0): TaskFacts[] =>
  Array.from({ length: count }, (_, index) => ({ state: 'failed', exit, second: from + index }));

describe('whether a service is ready', () => {
  it('is not said of the old tasks before swarm has begun to replace them', () => {
    const changed = view('app', [{ state: 'running', image: 'app:1' }], { image: 'app:2' });
    expect(judge(changed).blocked).toEqual(['no task yet, 0/1']);
  });

  it('is not said while an old task still runs beside the new one', () => {
    const both = view('app', [{ state: 'running' }, { state: 'running', image: 'app:0' }]);
    expect(judge(both).blocked).toEqual(['1 old tasks still run']);
  });

  it('is said of one that runs as asked', () => {
    expect(judge(view('app', [{ state: 'running' }]))).toEqual({ hopeless: undefined, blocked: [undefined] });
  });
});

describe('from when on a service is settled', () => {
  const from = (health: ServiceView['health']) =>
    settledAt({ ...view('app', [{ state: 'running', second: 4 }]), health }) - NOW;

  it('is when its task began to run where a check vouches for it, and a while later where none does', () => {
    expect(from('healthy')).toBe(4000);
    expect(from('none')).toBe(5500);
    expect(settledAt(view('app', []))).toBeLessThan(NOW);
  });
});

describe('an update of a one-shot service', () => {
  const stopped = (state: string) => {
    const done = view('once', [{ state, exit: 0 }], { condition: 'none', update: 'paused' });
    const Message = `update paused due to failure or early termination of task ${done.tasks[0]?.ID}`;
    return { ...done, service: { ...done.service, UpdateStatus: { State: 'paused', Message } } };
  };

  it('is complete although swarm stops at a task that has done its work', () => {
    expect(judge(stopped('complete'))).toEqual({ hopeless: undefined, blocked: [undefined] });
    expect(toServiceState(stopped('complete')).update).toBe('completed');
    expect(judge(stopped('failed')).hopeless).toMatchObject({ code: 'E_CRASH_LOOP' });
    expect(toServiceState(stopped('failed')).update).toBe('paused');
  });
});

describe('what has crashed since a deploy had converged', () => {
  const since = NOW + 10_000;

  it('is not what ended before, nor what was stopped, nor what an earlier version did [F-54]', () => {
    const tasks = [
      ...exits(3, 1),
      { state: 'shutdown', exit: 0, second: 20 },
      { state: 'failed', exit: 1, second: 20, image: 'app:0' },
    ];
    expect(crashesSince(view('app', tasks), since)).toEqual({});
    expect(crashesSince(view('app', exits(1, 1, 20)), undefined)).toEqual({});
  });

  it('is counted with the reason of the last and the longest life', () => {
    const { crashes } = crashesSince(view('app', exits(2, 7, 20)), since);
    expect(crashes).toMatchObject({
      count: 2,
      longestMs: 10_000,
      reason: expect.stringContaining('exit code 7'),
    });
  });

  it('is a good end as well, where none is meant', () => {
    const ended = [{ state: 'complete', exit: 0, second: 20 }];
    expect(crashesSince(view('app', ended), since)).toHaveProperty('crashes.count', 1);
    expect(crashesSince(view('app', ended, { condition: 'on-failure' }), since)).toEqual({});
  });
});

describe('whether a service is given up', () => {
  it('takes three exits with one code once all others are up', () => {
    const db = view('db', [{ state: 'running', second: 4 }]);
    expect(judge(db, view('app', exits(2, 1, 11))).hopeless).toBeUndefined();
    expect(judge(db, view('app', exits(3, 1, 11))).hopeless).toMatchObject({
      code: 'E_CRASH_LOOP',
      service: 'app',
      mayWait: true,
    });
  });

  it('takes two when each came right after the start, the delay of swarm included', () => {
    const quick = (age: number) => exits(2, 1, 11).map((facts) => ({ ...facts, age }));
    expect(judge(view('app', quick(8.9))).hopeless).toMatchObject({ code: 'E_CRASH_LOOP', mayWait: false });
    expect(judge(view('app', quick(9.1))).hopeless).toBeUndefined();
    expect(judge(view('app', quick(8.9).slice(1))).hopeless).toBeUndefined();
    const [first, second] = quick(1);
    expect(judge(view('app', [{ ...first, exit: 2 }, second].flatMap(whole))).hopeless).toBeUndefined();
  });

  it('does not count exits of an earlier wait that ended well', () => {
    const history = new TaskHistory(NOW + 15_000);
    const app = view('app', exits(3, 1, 11));
    history.add([app]);
    expect(findHopeless([app], history)).toBeUndefined();
    const again = view('app', exits(3, 1, 16));
    history.add([again]);
    expect(findHopeless([again], history)).toMatchObject({ code: 'E_CRASH_LOOP' });
  });

  it('is not said of one that has just come up beside others', () => {
    const db = view('db', [{ state: 'running', second: 4 }]);
    const tasks = [...exits(3, 1, 11), { state: 'running', second: 14 }];
    expect(judge(db, view('app', tasks)).hopeless).toBeUndefined();
  });

  it('gives a service without a health check a while to answer, and one with a check none [F-54]', () => {
    const db = view('db', [{ state: 'running', second: 10 }]);
    const app = view('app', exits(3, 1, 12));
    expect(judge(db, app).hopeless).toBeUndefined();
    expect(judge({ ...db, health: 'healthy' }, app).hopeless).toMatchObject({ code: 'E_CRASH_LOOP' });
    expect(judge(db, view('app', exits(3, 1, 17))).hopeless).toMatchObject({ code: 'E_CRASH_LOOP' });
  });

  it.each([
    ['Error: connect ECONNREFUSED 10.0.1.5:5432', true],
    ['| could not connect to server: Connection refused', true],
    ["getaddrinfo EAI_AGAIN 'db'", true],
    ['Waiting for database...', true],
    ["Cannot find module '/app/main.js'", false],
    ['fatal: invalid configuration', false],
  ])('knows from %s whether it waits for another: %s [F-54]', (line, waits) => {
    expect(saysItWaits(line)).toBe(waits);
  });

  it('does not count exits from before the others were up [F-54]', () => {
    const db = { ...view('db', [{ state: 'running', second: 10 }]), health: 'healthy' as const };
    expect(judge(db, view('app', exits(5, 2))).hopeless).toBeUndefined();
  });

  it('takes more exits while others still start, but not any number', () => {
    const db = view('db', [{ state: 'starting' }]);
    expect(judge(db, view('app', exits(5, 2))).hopeless).toBeUndefined();
    expect(judge(db, view('app', exits(8, 2))).hopeless).toMatchObject({ code: 'E_CRASH_LOOP' });
  });

  it('is said at once of one with a health check that ended well and is not started again', () => {
    const server = { condition: 'on-failure', checked: true };
    const ended = view('app', [{ state: 'complete', exit: 0, second: 40 }], server);
    expect(judge(ended).hopeless).toMatchObject({
      code: 'E_CRASH_LOOP',
      reason: expect.stringContaining('restart_policy is on-failure'),
    });
    expect(endedForGood(ended)).toContain('exit code 0');
  });

  it('is not said of the same while another task of it starts, of an older version, or of a one-shot service', () => {
    const done: TaskFacts = { state: 'complete', exit: 0, second: 40 };
    const server = { condition: 'on-failure', checked: true };
    expect(judge(view('app', [done, { state: 'starting' }], server)).hopeless).toBeUndefined();
    expect(judge(view('app', [{ ...done, image: 'app:0' }], server)).hopeless).toBeUndefined();
    expect(judge(view('app', [done], { condition: 'on-failure' })).hopeless).toBeUndefined();
    expect(judge(view('app', [done], { checked: true })).hopeless).toBeUndefined();
  });

  it('does not take different exit codes for a loop', () => {
    expect(judge(view('app', [...exits(2, 1), ...exits(2, 2)])).hopeless).toBeUndefined();
  });

  it('takes a service that ends well again and again for a loop, when it is not meant to end', () => {
    const ended = Array.from({ length: 3 }, (_, second) => ({ state: 'complete', exit: 0, second }));
    expect(judge(view('app', ended)).hopeless).toMatchObject({
      reason: expect.stringContaining('exit code 0'),
    });
    expect(judge(view('app', ended, { condition: 'on-failure' })).hopeless).toBeUndefined();
  });

  it('is said at once of one that no node may ever run, and not of one that waits for room', () => {
    const pending = (error: string) => judge(view('app', [{ state: 'pending', error }])).hopeless;
    const never = 'no suitable node (scheduling constraints not satisfied on 1 node)';
    expect(pending(never)).toMatchObject({ code: 'E_TASK_REJECTED', reason: expect.stringContaining(never) });
    expect(pending('no suitable node (insufficient resources on 1 node)')).toBeUndefined();
    const either = 'no suitable node (insufficient resources on 1 node; unsupported platform on 2 nodes)';
    expect(pending(either)).toBeUndefined();
  });

  it('takes two rejections, and tells an image from other reasons', () => {
    const rejected = (error: string) => [
      { state: 'rejected', error },
      { state: 'rejected', error },
    ];
    expect(judge(view('app', rejected('x').slice(1))).hopeless).toBeUndefined();
    expect(judge(view('app', rejected('invalid mount'))).hopeless).toMatchObject({ code: 'E_TASK_REJECTED' });
    expect(judge(view('app', rejected('No such image: a:1'))).hopeless).toMatchObject({
      code: 'E_IMAGE_UNKNOWN',
    });
  });

  it.each(['paused', 'rollback_started', 'rollback_completed', 'rollback_paused'])(
    'is said of an update that is %s',
    (update) => {
      const { hopeless } = judge(view('app', [{ state: 'running' }], { update }));
      expect(hopeless).toMatchObject({ reason: `update ${update}: told so` });
    },
  );

  it.each([
    ['failed', 'E_CRASH_LOOP', 'exit code 7 (task: non-zero exit (7))'],
    ['rejected', 'E_IMAGE_UNKNOWN', 'No such image: a:1'],
  ])('tells what the task came to for which swarm stopped an update: %s', (state, code, error) => {
    const exit = state === 'failed' ? { exit: 7 } : {};
    const said = state === 'failed' ? 'task: non-zero exit (7)' : error;
    const stopped = view('app', [{ state, error: said, image: 'app:2', ...exit }], {
      update: 'rollback_completed',
    });
    const message = `update rolled back due to failure or early termination of task ${stopped.tasks[0]?.ID}`;
    const service = { ...stopped.service, UpdateStatus: { State: 'rollback_completed', Message: message } };
    const { hopeless } = judge({ ...stopped, service });
    expect(hopeless).toMatchObject({ code, reason: `update rollback_completed: ${message}: ${error}` });
  });

  it('tells what a change came to that has been rolled back, when swarm names no task any more', () => {
    const { hopeless } = judge(
      view(
        'app',
        [
          { state: 'running' },
          { state: 'failed', error: 'task: non-zero exit (7)', image: 'app:2', exit: 7 },
        ],
        { update: 'rollback_completed' },
      ),
    );
    expect(hopeless).toMatchObject({
      code: 'E_CRASH_LOOP',
      reason: 'update rollback_completed: told so: exit code 7 (task: non-zero exit (7))',
    });
  });

  it('finds the server that was rolled back because its check failed, although it ended with 0', () => {
    const { hopeless } = judge(
      view(
        'app',
        [
          { state: 'running' },
          { state: 'shutdown', image: 'app:2' },
          { state: 'complete', error: 'task: unhealthy', image: 'app:2', exit: 0 },
        ],
        { update: 'rollback_completed' },
      ),
    );
    expect(hopeless?.reason).toMatch(/exit code 0 \(task: unhealthy\)$/);
    expect(hopeless?.task).toBeDefined();
  });

  it('forgets exits of a version that has been replaced', () => {
    const old = exits(4, 1).map((facts) => ({ ...facts, image: 'app:0' }));
    expect(judge(view('app', [...old, { state: 'running', second: 20 }])).hopeless).toBeUndefined();
  });
});
