import { execa } from 'execa';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { effectiveEnvironment, loadClientConfig } from '../../client/config.ts';

/** The launcher, as a person starts it. */
export const CLI = fileURLToPath(new URL('../../bin/cc-ci', import.meta.url));

/** Configuration of the stack of this clone; a stack that is not there fails the test, it never skips it. */
export const config = loadClientConfig(process.env);
export const hostEnv = effectiveEnvironment(process.env);

export function required(name: string): string {
  const value = hostEnv[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: npm run up`);
  return value;
}

/** Runs the real command line; never rejects on an exit code. */
export async function cli(
  ...args: string[]
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa(CLI, args, { reject: false, timeout: 180_000 });
  return { exitCode, stdout, stderr };
}

const inventorySchema = z.object({
  items: z.array(z.looseObject({ kind: z.string(), name: z.string() })),
});

/** What exists with the label of this instance, by the command line. */
export async function inventory(): Promise<{ kind: string; name: string }[]> {
  const { stdout, exitCode, stderr } = await cli('inventory', '--json');
  if (exitCode !== 0) throw new Error(`inventory: ${stderr}`);
  return inventorySchema.parse(JSON.parse(stdout)).items;
}

/** Runs the docker client against the daemon of this clone. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await execa(required('CCI_DOCKER_BIN'), args, {
    env: { DOCKER_HOST: required('CCI_DOCKER_HOST') },
  });
  return stdout;
}

/** Polls until `probe` gives a value; fails with `what` when it does not within `seconds`. */
export async function eventually<T>(
  what: string,
  seconds: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  for (const until = Date.now() + seconds * 1000; Date.now() < until;) {
    const value = await probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}
