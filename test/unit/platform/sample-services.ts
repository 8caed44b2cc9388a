import { blocker, findHopeless, TaskHistory } from '../../../activities/platform/swarm/judge-convergence.ts';
import { isCurrent, type ServiceView } from '../../../activities/platform/swarm/service-state.ts';
import { serviceShape, taskShape, type Task } from '../../../activities/platform/swarm/shapes.ts';

export const NOW = Date.UTC(2026, 0, 1);
let tasks = 0;

export interface TaskFacts {
  state: string;
  exit?: number;
  second?: number;
  /** How many seconds after swarm made the task it came into its state. */
  age?: number;
  image?: string;
  error?: string;
}

/** A service named as given with such tasks, as swarm describes it. */
export function view(
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

/** What a wait that sees only these services says of them. */
export function judge(...views: ServiceView[]) {
  const history = new TaskHistory();
  history.add(views);
  return { hopeless: findHopeless(views, history), blocked: views.map((one) => blocker(one, history)) };
}

/** So many tasks that ended with a code, a second apart. */
export const exits = (count: number, exit: number, from = 0): TaskFacts[] =>
  Array.from({ length: count }, (_, index) => ({ state: 'failed', exit, second: from + index }));
