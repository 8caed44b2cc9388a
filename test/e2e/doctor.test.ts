import { execa } from 'execa';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { CHECKS } from '../../client/doctor/checks.ts';
import { CLI, cli, docker, eventually } from './stack.ts';

const documentSchema = z.strictObject({
  checks: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['ok', 'warn', 'fail']),
      seen: z.string().min(1),
      remedy: z.string().min(1).nullable(),
    }),
  ),
});

async function objects(): Promise<string[]> {
  const lists = await Promise.all([
    docker('ps', '--all', '--format', '{{.Names}}', '--filter', 'name=cci-doctor'),
    docker('service', 'ls', '--format', '{{.Name}}', '--filter', 'name=cci-doctor'),
    docker('volume', 'ls', '--format', '{{.Name}}', '--filter', 'label=cc-ci.system=true'),
  ]);
  return lists.flatMap((list) => list.split('\n').filter((name) => name !== ''));
}

it('cc-ci doctor finds the stack of this clone in order, and leaves nothing in Docker', async () => {
  const { stdout, exitCode } = await cli('doctor', '--json');
  const { checks } = documentSchema.parse(JSON.parse(stdout));
  expect(checks.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(checks.filter(({ remedy }) => remedy !== null)).toEqual([]);
  expect(exitCode).toBe(0);
  // The last container of the probe's service ends a moment after the service.
  await expect.poll(objects, { timeout: 20_000 }).toEqual([]);
});

it('cc-ci doctor removes the service of its probe when it is interrupted', async () => {
  const doctor = execa(CLI, ['doctor'], { reject: false });
  await eventually('a service of the probe', 30, async () => {
    const names = await docker('service', 'ls', '--format', '{{.Name}}', '--filter', 'name=cci-doctor');
    return names === '' ? undefined : names;
  });
  doctor.kill('SIGINT');
  expect((await doctor).exitCode).toBe(130);
  await expect.poll(objects, { timeout: 20_000 }).toEqual([]);
});
