import { describe, expect, it } from 'vitest';
import type { ServiceState } from '../../../activities/platform/port.ts';
import { assertSteady } from '../../../activities/support/assert-steady.ts';
import type { Operation } from '../../../activities/support/operation.ts';

const APP = { role: 'app', recipe: 'site', source: '/', domain: 'site-0a1b2c.ci.test', stack: 'site' };

function state(fields: Partial<ServiceState> = {}): ServiceState {
  const health = 'none';
  const plain = {
    service: 'app',
    image: 'a',
    running: 1,
    desired: 1,
    update: 'none',
    health,
    restarts: 0,
  } as const;
  return { ...plain, tasks: [], ...fields };
}

/** Looks at the states in turn, the last of them for ever. */
function steady(looks: readonly ServiceState[], minUpMs?: number) {
  let at = 0;
  const operation: Operation = {
    environment: { id: 'e', runId: 'r', instance: 'i', host: 'h', apps: [APP] },
    run: () => Promise.reject(new Error('nothing is to be run')),
    signal: new AbortController().signal,
    log: () => undefined,
    hide: () => undefined,
    redact: (text) => text,
    progress: () => undefined,
  };
  const serviceStates = () => Promise.resolve(looks.slice(at, ++at).concat(looks.slice(-1)).slice(0, 1));
  const tools = { platform: { serviceStates }, ...(minUpMs === undefined ? {} : { minUpMs }) };
  return assertSteady(tools, operation, APP).then((assertion) => ({ ...assertion, looks: at }));
}

const crashes = (count: number) => ({ count, reason: 'exit code 7', longestMs: 20_000 });

describe('that every service has converged', () => {
  it('is said at the first look when nothing has crashed', async () => {
    expect(await steady([state({ upMs: 10 })])).toMatchObject({ ok: true, detail: 'app 1/1', looks: 1 });
  });

  it('is not said of one that crashes again while its new task is watched [F-59]', async () => {
    const looks = [state({ upMs: 3000, crashes: crashes(1) }), state({ upMs: 10, crashes: crashes(2) })];
    expect(await steady(looks)).toMatchObject({
      ok: false,
      detail: 'app: it crashes again and again, 2 ended since it had converged: exit code 7',
    });
  });

  it('is not said of one that is down after a crash, and the reason is told', async () => {
    expect(await steady([state({ running: 0, crashes: crashes(1) })])).toMatchObject({
      ok: false,
      detail: 'app: 0 of 1 tasks run, 1 ended since it had converged: exit code 7',
    });
  });

  it('is said of one that crashed once when the new task has outlived the crashed one', async () => {
    const looks = [
      state({ upMs: 24_600, crashes: crashes(1) }),
      state({ upMs: 25_100, crashes: crashes(1) }),
    ];
    const { ok, detail, looks: taken } = await steady(looks);
    expect({ ok, taken }).toEqual({ ok: true, taken: 2 });
    expect(detail).toContain('1 ended since it had converged: exit code 7');
  });

  it('waits until the tasks are as old as they must be, and sees what happens meanwhile', async () => {
    expect(await steady([state({ upMs: 100 }), state({ upMs: 700 })], 600)).toMatchObject({
      ok: true,
      looks: 2,
    });
    expect(await steady([state({ upMs: 100 }), state({ running: 0 })], 600)).toMatchObject({ ok: false });
  });

  it('is not said of an app without services', async () => {
    expect(await steady([])).toMatchObject({ ok: false, detail: 'the app has no services' });
  });
});
