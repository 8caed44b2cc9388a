import { describe, expect, it } from 'vitest';
import { blocker, findHopeless, TaskHistory } from '../../../activities/platform/swarm/judge-convergence.ts';
import { isCurrent, type ServiceView } from '../../../activities/platform/swarm/service-state.ts';
import { serviceShape, taskShape, type Task } from '../../../activities/platform/swarm/shapes.ts';

const NOW = Date.UTC(2026, 0, 1);
let tasks = 0;

interface TaskFacts {
  state: string;
  exit?: number;
  second?: number;
  image?: string;
  error?: string;
}

function view(
  name: string,
  facts: readonly TaskFacts[],
  service: { image?: string; condition?: string; update?: string; replicas?: number } = {},
): ServiceView {
  const { image = 'app:1', condition = 'any', replicas = 1, update } = service;
  const template = (of: string) => ({
    ContainerSpec: { Image: of },
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
  const made: Task[] = facts.map(({ state, exit, second = 0, image: of = image, error }) =>
    taskShape.parse({
      ID: `task-${(tasks += 1)}`,
      ServiceID: name,
      CreatedAt: new Date(NOW).toISOString(),
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

describe('whether a service is given up', () => {
  it('takes three exits with one code once all others are up', () => {
    const db = view('db', [{ state: 'running', second: 10 }]);
    expect(judge(db, view('app', exits(2, 1, 11))).hopeless).toBeUndefined();
    expect(judge(db, view('app', exits(3, 1, 11))).hopeless).toMatchObject({
      code: 'E_CRASH_LOOP',
      service: 'app',
    });
  });

  it('does not count exits from before the others were up [F-54]', () => {
    const db = view('db', [{ state: 'running', second: 10 }]);
    expect(judge(db, view('app', exits(5, 2))).hopeless).toBeUndefined();
  });

  it('takes more exits while others still start, but not any number', () => {
    const db = view('db', [{ state: 'starting' }]);
    expect(judge(db, view('app', exits(5, 2))).hopeless).toBeUndefined();
    expect(judge(db, view('app', exits(8, 2))).hopeless).toMatchObject({ code: 'E_CRASH_LOOP' });
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

  it('forgets exits of a version that has been replaced', () => {
    const old = exits(4, 1).map((facts) => ({ ...facts, image: 'app:0' }));
    expect(judge(view('app', [...old, { state: 'running', second: 20 }])).hopeless).toBeUndefined();
  });
});
