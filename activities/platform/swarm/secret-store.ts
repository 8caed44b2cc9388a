import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CodedError } from '../../../domain/errors.ts';
import { CCI_LABELS, markLabels, type ObjectMarks } from '../../../domain/labels.ts';
import type { App } from '../../../domain/plan.ts';
import { generateSecret, type SecretSpec } from '../../../domain/secrets.ts';
import type { Operation } from '../../support/operation.ts';
import { STACK_LABEL } from './docker.ts';
import { readFileIfAny, writeEnvironmentFile } from '../../support/environment-files.ts';
import type { SwarmContext } from './swarm-context.ts';

/** File of a secret's value on the host, below the environment's private folder. */
export function secretFile(privateFolder: string, swarmName: string): string {
  return join(privateFolder, 'secrets', swarmName);
}

/**
 * Ensures that swarm holds the secrets of an app. A value is on the disk of the host before swarm gets it, so that a
 * later attempt knows it; it reaches Docker by standard input alone and is hidden from here on.
 */
export async function ensureSecrets(
  context: SwarmContext,
  operation: Operation,
  specs: readonly SecretSpec[],
  { marks, given }: { readonly marks: ObjectMarks; readonly given: Readonly<Record<string, string>> },
): Promise<void> {
  const existing = new Map((await context.docker.secrets()).map((secret) => [secret.name, secret]));
  for (const spec of specs) {
    const value = await ensureValue(context, operation, spec, given[spec.name]);
    operation.hide(value);
    const present = existing.get(spec.swarmName);
    if (present === undefined) await createSecret(context, operation, spec, value, marks);
    else if (present.labels[CCI_LABELS.environment] !== operation.environment.id) {
      throw new CodedError('E_RESIDUE', `the secret ${spec.swarmName} exists and is not of this environment`);
    }
  }
}

/**
 * Value of the secret that the running services mount under a name: that of the compose file, or the one that swarm
 * knows it by without stack and version. Rejects with `E_SECRET_MISSING` naming those that there are.
 */
export async function secretValue(
  { docker, paths }: SwarmContext,
  operation: Operation,
  app: App,
  name: string,
): Promise<string> {
  const services = await docker.services({ label: [`${STACK_LABEL}=${app.stack}`] });
  const mounted = services.flatMap(({ Spec }) => Spec.TaskTemplate.ContainerSpec.Secrets ?? []);
  const names = ({ SecretName, File }: (typeof mounted)[number]): readonly string[] => [
    SecretName.slice(app.stack.length + 1).replace(/_[^_]*$/, ''),
    // Where a service names no other file, it is the key in the compose file.
    File?.Name.split('/').at(-1) ?? '',
  ];
  const found = mounted.find((secret) => names(secret).includes(name));
  const folder = paths.environment(operation.environment.id).private;
  const value = found && (await readFileIfAny(secretFile(folder, found.SecretName)));
  if (value === undefined) {
    const known = [...new Set(mounted.flatMap((secret) => names(secret).slice(0, 1)))].sort();
    throw new CodedError('E_SECRET_MISSING', `${name}; the app has ${known.join(', ') || 'none'}`);
  }
  operation.hide(value);
  return value;
}

async function ensureValue(
  { paths }: SwarmContext,
  operation: Operation,
  spec: SecretSpec,
  given: string | undefined,
): Promise<string> {
  const file = secretFile(paths.environment(operation.environment.id).private, spec.swarmName);
  const known = await readFileIfAny(file);
  if (known !== undefined) return known;
  if (given === undefined && !spec.generate) {
    throw new CodedError('E_SECRET_MISSING', `${spec.name}, version ${spec.version}`);
  }
  const value = given ?? generateSecret(spec, randomBytes);
  operation.hide(value);
  await writeEnvironmentFile(operation, file, value);
  return value;
}

async function createSecret(
  { command }: SwarmContext,
  operation: Operation,
  { swarmName }: SecretSpec,
  value: string,
  marks: ObjectMarks,
): Promise<void> {
  const labels = Object.entries(markLabels(marks)).flatMap(([key, label]) => ['--label', `${key}=${label}`]);
  await command(operation, ['secret', 'create', ...labels, '--', swarmName, '-'], {
    input: value,
    quiet: true,
  });
}
