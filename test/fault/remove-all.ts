import { docker } from './docker.ts';
import { until } from './until.ts';

const REMOVALS = [
  ['service', ['service', 'ls', '--quiet'], ['service', 'rm']],
  ['container', ['ps', '--all', '--quiet'], ['rm', '--force']],
  ['secret', ['secret', 'ls', '--quiet'], ['secret', 'rm']],
  ['config', ['config', 'ls', '--quiet'], ['config', 'rm']],
  ['network', ['network', 'ls', '--quiet'], ['network', 'rm']],
  ['volume', ['volume', 'ls', '--quiet'], ['volume', 'rm', '--force']],
] as const;

/** Removes every object with a label, given as `<key>=<value>`, by the daemon's own client. */
export async function removeAll(env: Readonly<Record<string, string>>, label: string): Promise<void> {
  const filter = ['--filter', `label=${label}`];
  for (const [kind, list, remove] of REMOVALS) {
    await until(`no ${kind} with ${label} is left`, 60_000, async () => {
      // The daemon may just be coming back.
      const found = await docker(env, [...list, ...filter]).catch(() => undefined);
      if (found === undefined) return undefined;
      if (found.length === 0) return true;
      // What is still in use is tried again.
      await docker(env, [...remove, ...found]).catch(() => undefined);
      return undefined;
    });
  }
}
