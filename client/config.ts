import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import type { z } from 'zod';
import {
  clientConfigSchema,
  dataConfigSchema,
  type ClientConfig,
  type DataConfig,
} from '../domain/config.ts';
import { BROKEN, UserError } from './user-error.ts';

/** A configuration that is there, but not whole or not valid: a mistake to be mended, unlike a stack that is down. */
export class ConfigError extends UserError {}

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
  return parse(clientConfigSchema, effectiveEnvironment(environment, root));
}

/**
 * Where runs leave their results and logs. `npm run down` removes `host.env` and keeps them, so the folder of this clone
 * counts when nothing names another.
 * @throws UserError when the variable is not valid
 */
export function loadDataConfig(
  environment: Readonly<Record<string, string | undefined>>,
  root: string = ROOT,
): DataConfig {
  const data = join(root, '.cc-ci', 'data');
  return parse(dataConfigSchema, { CCI_DATA: data, ...effectiveEnvironment(environment, root) });
}

function parse<T>(schema: z.ZodType<T>, variables: Readonly<Record<string, string>>): T {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  if (variables['CCI_TEMPORAL_ADDRESS'] === undefined) {
    throw new UserError(
      'the stack of this clone is not running, and CCI_TEMPORAL_ADDRESS names no other',
      'Run `npm run up`, which starts it and writes .cc-ci/host.env',
      { exitCode: BROKEN },
    );
  }
  const faults = parsed.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return Object.hasOwn(variables, name) ? `${name} is not valid (${issue.message})` : `${name} is not set`;
  });
  const remedy = 'Run `npm run up`, which starts the stack of this clone and writes .cc-ci/host.env';
  throw new ConfigError([...new Set(faults)].join('; '), remedy, { exitCode: BROKEN });
}
