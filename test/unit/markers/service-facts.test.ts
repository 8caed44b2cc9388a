import { describe, expect, it } from 'vitest';
import { factsOfRunning } from '../../../activities/platform/swarm/service-facts.ts';
import type { ServiceView } from '../../../activities/platform/swarm/service-state.ts';
import { serviceShape, taskShape } from '../../../activities/platform/swarm/shapes.ts';
import type { App } from '../../../domain/plan.ts';

const AT = new Date(Date.UTC(2026, 0, 1)).toISOString();
const APP: App = { role: 'app', recipe: 'site', source: '/', domain: 'site.ci.test', stack: 'site_ci_test' };

function view(name: string, replicas: number, state: 'running' | 'complete' | 'starting'): ServiceView {
  const ContainerSpec = { Image: 'postgres:15.13@sha256:0123' };
  const service = serviceShape.parse({
    ID: name,
    CreatedAt: AT,
    Spec: {
      Name: `${APP.stack}_${name}`,
      Labels: {},
      Mode: { Replicated: { Replicas: replicas } },
      TaskTemplate: { ContainerSpec },
    },
  });
  const task = taskShape.parse({
    ID: `task of ${name}`,
    ServiceID: name,
    CreatedAt: AT,
    DesiredState: 'running',
    Spec: { ContainerSpec },
    Status: { Timestamp: AT, State: state },
  });
  const running = state === 'running' ? [task] : [];
  return { name, service, tasks: [task], wanted: running, running, health: 'none' };
}

describe('the facts of services', () => {
  it('are those of services that run or start, not of one-shots that are done or services scaled to nothing', () => {
    const views = [
      view('app', 1, 'running'),
      view('late', 1, 'starting'),
      view('migration', 1, 'complete'),
      view('asleep', 0, 'running'),
    ];
    expect(factsOfRunning(APP, views)).toMatchObject([
      { service: 'app', image: 'postgres:15.13' },
      { service: 'late' },
    ]);
    expect(factsOfRunning(APP, views)).toHaveLength(2);
  });
});
