import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { clientConfigSchema, type ClientConfig } from '../domain/config.ts';
import { BROKEN, UserError } from './user-error.ts';

/** Root of this clone. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Written by `npm run up`: the CCI_* variables of this clone's own stack. */
export function hostEnvFile(root: string = ROOT): string {
  return join(root, '.cc-ci', 'host.env');
}

function readHostEnv(root: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(hostEnvFile(root), 'utf8'));
  } catch {
    // Not there before the first `npm run up`; then everything has to be in the environment.
    return {};
  }
}

/** `host.env` of the clone with the process environment on top of it. */
export function effectiveEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  root: string = ROOT,
): Record<string, string> {
  const merged = { ...readHostEnv(root), ...environment };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/**
 * Configuration of the command line.
 * @throws UserError with one clause per variable that is missing or not valid
 */
export function loadClientConfig(
  environment: Readonly<Record<string, string | undefined>>,
  root: string = ROOT,
): ClientConfig {
  const variables = effectiveEnvironment(environment, root);
  const parsed = clientConfigSchema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return Object.hasOwn(variables, name) ? `${name} is not valid (${issue.message})` : `${name} is not set`;
  });
  const isStopped = !Object.keys(variables).some((name) => name.startsWith('CCI_'));
  if (isStopped) {
    throw new UserError(
      'the stack of this clone is not running, and no CCI_* variable is set',
      'Run `npm run up`, which starts it and writes .cc-ci/host.env',
      { exitCode: BROKEN },
    );
  }
  const remedy = 'Run `npm run up`, which starts the stack of this clone and writes .cc-ci/host.env';
  throw new UserError([...new Set(faults)].join('; '), remedy, { exitCode: BROKEN });
}
