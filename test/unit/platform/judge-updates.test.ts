import { describe, expect, it } from 'vitest';
import { toServiceState } from '../../../activities/platform/swarm/service-state.ts';
import { judge, view } from './sample-services.ts';

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

describe('a task that swarm does not start', () => {
  it('is given up at once where no node may ever run it, and not where it waits for room', () => {
    const pending = (error: string) => judge(view('app', [{ state: 'pending', error }])).hopeless;
    const never = 'no suitable node (scheduling constraints not satisfied on 1 node)';
    expect(pending(never)).toMatchObject({ code: 'E_TASK_REJECTED', reason: expect.stringContaining(never) });
    expect(pending('no suitable node (insufficient resources on 1 node)')).toBeUndefined();
    const either = 'no suitable node (insufficient resources on 1 node; unsupported platform on 2 nodes)';
    expect(pending(either)).toBeUndefined();
  });

  it('is given up when rejected twice, and an unknown image is told from other reasons', () => {
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
});

describe('an update that swarm stopped', () => {
  it.each(['paused', 'rollback_started', 'rollback_completed', 'rollback_paused'])(
    'has its service given up when it is %s',
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
});
