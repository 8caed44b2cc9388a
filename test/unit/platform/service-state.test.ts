import { describe, expect, it } from 'vitest';
import { toServiceState, type ServiceView } from '../../../activities/platform/swarm/service-state.ts';
import { serviceShape, taskShape } from '../../../activities/platform/swarm/shapes.ts';

const AT = new Date(Date.UTC(2026, 0, 1)).toISOString();

/** A service of one task. */
function view(facts: {
  state: string;
  condition: string;
  healthcheck?: boolean;
  image?: string;
}): ServiceView {
  const { state, condition, healthcheck = false, image = 'setup:1' } = facts;
  const template = (of: string) => ({
    ContainerSpec: { Image: of, ...(healthcheck ? { Healthcheck: { Test: ['CMD', 'true'] } } : {}) },
    RestartPolicy: { Condition: condition },
  });
  const service = serviceShape.parse({
    ID: 'setup',
    CreatedAt: AT,
    Spec: {
      Name: 'stack_setup',
      Labels: {},
      Mode: { Replicated: { Replicas: 1 } },
      TaskTemplate: template('setup:1'),
    },
  });
  const task = taskShape.parse({
    ID: 'task',
    ServiceID: 'setup',
    CreatedAt: AT,
    DesiredState: state === 'running' ? 'running' : 'shutdown',
    Spec: { ...template(image), ForceUpdate: 0 },
    Status: { Timestamp: AT, State: state },
  });
  const running = state === 'running' ? [task] : [];
  return { name: 'setup', service, tasks: [task], wanted: running, running, health: 'none' };
}

const tasksOf = (facts: Parameters<typeof view>[0]) => {
  const { running, desired } = toServiceState(view(facts));
  return `${running}/${desired}`;
};

describe('the tasks that a service is meant to have', () => {
  it('are none any more once a one-shot service has done its work', () => {
    expect(tasksOf({ state: 'complete', condition: 'none' })).toBe('0/0');
    expect(tasksOf({ state: 'complete', condition: 'on-failure' })).toBe('0/0');
    expect(tasksOf({ state: 'running', condition: 'none' })).toBe('1/1');
  });

  it('stay the same when its task failed, or did what an earlier version asked for', () => {
    expect(tasksOf({ state: 'failed', condition: 'none' })).toBe('0/1');
    expect(tasksOf({ state: 'complete', condition: 'none', image: 'setup:0' })).toBe('0/1');
  });

  it('stay the same when a service ends that is meant to stay', () => {
    expect(tasksOf({ state: 'complete', condition: 'any' })).toBe('0/1');
    expect(tasksOf({ state: 'complete', condition: 'on-failure', healthcheck: true })).toBe('0/1');
  });
});
