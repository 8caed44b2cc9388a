import { describe, expect, it } from 'vitest';
import { check, destroy } from '../../../activities/support/markers/check.ts';
import { seed } from '../../../activities/support/markers/seed.ts';
import { assertTakesChanges } from '../../../activities/support/markers/writable.ts';
import type { CommandResult } from '../../../activities/support/run-command.ts';
import { markerValue } from '../../../domain/markers.ts';
import type { RecipeMarker } from '../../../domain/recipe-context.ts';
import { facts, fakeTools } from './fake-tools.ts';

const VALUE = markerValue('0a6f4a52-92c9-4e0f-8d35-0d7f5b2a9a01');
const done = (stdout: string): CommandResult => ({ exitCode: 0, stdout, stderr: '' });
const failed = (stderr: string, exitCode = 2): CommandResult => ({ exitCode, stdout: '', stderr });
describe('taking changes', () => {
  const marker = {
    id: 'file content',
    kind: 'file',
    service: 'app',
    what: 'a file in volume content',
    backedUp: true,
    volume: 'content',
    path: 'sub/ci-marker-0a1b2c3d.txt',
  } as const;

  it('tries again within its bound, with a fresh value each time [R-30]', async () => {
    const values: (string | undefined)[] = [];
    const { tools, logged } = fakeTools({
      boundMs: 20_000,
      exec: (_service, argv) => {
        values.push(argv.at(-1));
        return values.length < 3 ? failed('Read-only file system') : done(argv.at(-1) ?? '');
      },
    });
    expect(await assertTakesChanges(tools, [{ ...marker, writable: true }])).toEqual([
      {
        name: 'takes changes: a file in volume content',
        ok: true,
        detail: 'app made a file in /usr/share/nginx/html/sub',
      },
    ]);
    expect(new Set(values).size).toBe(3);
    expect(logged).toHaveLength(2);
    expect(logged[0]).toMatch(/attempt 1, to be tried again: .*Read-only file system/);
  });

  it('fails when time is up', async () => {
    const { tools } = fakeTools({ exec: () => failed('Permission denied') });
    expect(await assertTakesChanges(tools, [{ ...marker, writable: true }])).toMatchObject([
      { ok: false, detail: expect.stringMatching(/^app could not make a file in .*: Permission denied$/) },
    ]);
  });

  it('asks nothing of what no backup promises, and of what could not be written before', async () => {
    const { tools } = fakeTools({ exec: () => failed('Permission denied') });
    const markers = [
      { ...marker, backedUp: false },
      { ...marker, writable: false },
    ];
    expect(await assertTakesChanges(tools, markers)).toEqual([]);
  });

  it('writes for an image without a shell, and says so', async () => {
    const { tools, app } = fakeTools({ exec: () => failed('executable file not found', 127) });
    expect(await assertTakesChanges(tools, [marker])).toMatchObject([
      { ok: true, detail: expect.stringMatching(/^the image of app has no shell, so the harness wrote/) },
    ]);
    expect([...app.files.keys()]).toEqual([]);
  });
});

describe("the recipe's own marker", () => {
  /** Functions over one value, which an app would keep. */
  function functions(change: Partial<RecipeMarker> = {}) {
    const kept: { value: string | undefined; written: string[] } = { value: undefined, written: [] };
    const recipeMarker: RecipeMarker = {
      write: async ({ marker }) => {
        kept.written.push(marker);
        kept.value = marker;
      },
      read: async () => kept.value,
      destroy: async () => {
        kept.value = undefined;
      },
      ...change,
    };
    return { kept, ...fakeTools({ facts: [facts('app', 'nginx:1')], recipeMarker }) };
  }

  it('is original, absent and original again, and keeps its value when changes are tried [R-22]', async () => {
    const { kept, tools } = functions();
    const { markers, keepsData } = await seed(tools);
    expect([keepsData, kept.value]).toEqual([true, VALUE]);
    expect(await check(tools, markers, 'original')).toMatchObject([{ ok: true }]);
    await destroy(tools, markers);
    expect(await check(tools, markers, 'absent')).toEqual([
      {
        name: "marker the recipe's own marker is gone after it was destroyed",
        ok: true,
        detail: 'the app holds none',
      },
    ]);
    kept.value = VALUE;
    expect(await assertTakesChanges(tools, markers)).toMatchObject([{ ok: true }]);
    const [, fresh] = kept.written;
    expect(fresh).not.toBe(VALUE);
    expect(kept.value).toBe(VALUE);
  });

  it('fails with what its function threw', async () => {
    const { tools } = functions({ write: () => Promise.reject(new Error('the editor answered 500')) });
    await expect(seed(tools)).rejects.toMatchObject({
      code: 'E_MARKER',
      message: expect.stringContaining('marker.write: the editor answered 500'),
    });
  });

  it('is neither there nor gone when it cannot be read', async () => {
    const marker = { id: 'recipe', kind: 'recipe', service: 'app', what: 'x', backedUp: true } as const;
    const { tools } = functions({ read: () => Promise.reject(new Error('502')) });
    expect(await check(tools, [marker], 'original')).toMatchObject([
      { ok: false, detail: expect.stringContaining('marker.read: 502') },
    ]);
    expect(await check(tools, [marker], 'absent')).toMatchObject([{ ok: false }]);
  });
});
