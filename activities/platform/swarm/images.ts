import { CodedError } from '../../../domain/errors.ts';
import { registryHost, repositoryOf } from '../../../domain/image-reference.ts';
import { appendLedger } from '../../support/ledger.ts';
import type { Operation } from '../../support/operation.ts';
import type { ImageOutcome } from '../port.ts';
import { askRegistry } from './ask-registry.ts';
import { classifyPullFailure, type PullFailure } from './pull-failure.ts';
import type { Image } from './shapes.ts';
import type { SwarmContext } from './swarm-context.ts';

const PULL_MS = 60 * 60_000;

/**
 * Pulls the images that the host does not have and records the digests. One after the other: in parallel the large ones
 * starve the small ones. Nothing is ever pruned here or anywhere else, because images that were just pulled and have no
 * container yet look like garbage (spec R-71).
 */
export async function pullImages(
  context: SwarmContext,
  operation: Operation,
  images: readonly string[],
): Promise<readonly ImageOutcome[]> {
  const outcomes: ImageOutcome[] = [];
  for (const name of new Set(images)) {
    operation.progress(`image ${name} (${outcomes.length + 1} of ${images.length})`);
    const outcome = await ensureImage(context, operation, name);
    operation.log(`image ${name}: ${outcome.outcome}, ${outcome.digest}`);
    const { ledger } = context.paths.environment(operation.environment.id);
    await appendLedger(ledger, { kind: 'image', image: name, digest: outcome.digest });
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Those of the images that the host does not have. */
export async function absentImages(
  { docker }: SwarmContext,
  images: readonly string[],
): Promise<readonly string[]> {
  const absent: string[] = [];
  for (const name of new Set(images)) if (!(await docker.image(name))) absent.push(name);
  return absent;
}

async function ensureImage(context: SwarmContext, operation: Operation, name: string): Promise<ImageOutcome> {
  const present = await context.docker.image(name);
  if (present) return outcomeOf(present, name, 'present');
  const pull = await context.command(operation, ['pull', '--quiet', '--', name], {
    timeoutMs: PULL_MS,
    accept: [0, 1, 125],
    quiet: true,
  });
  if (pull.exitCode !== 0) throw await failureOf(context, operation, name, pull.stderr);
  const pulled = await context.docker.image(name);
  if (!pulled) throw new CodedError('E_DOCKER', `${name} is absent after it was pulled`);
  return outcomeOf(pulled, name, 'pulled');
}

function outcomeOf(image: Image, name: string, outcome: ImageOutcome['outcome']): ImageOutcome {
  const size = image.Size === undefined ? {} : { bytes: image.Size };
  return { name, outcome, digest: digestOf(image, name), ...size };
}

/** The daemon's text hides causes behind "denied" and never tells how long to wait; the registry itself does. */
async function failureOf(
  context: SwarmContext,
  operation: Operation,
  name: string,
  stderr: string,
): Promise<CodedError> {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  const byText = classifyPullFailure(said);
  const answer =
    byText === 'unclear' || byText === 'limit' ? await askRegistry(context, operation, name) : undefined;
  const failure: PullFailure =
    byText === 'unclear'
      ? (answer?.failure ?? (/denied|unauthorized/i.test(said) ? 'auth' : 'down'))
      : byText;
  const detail = `${name}: ${operation.redact(said).slice(0, 500)}`;
  const registry = registryHost(name);
  switch (failure) {
    case 'unknown':
      return new CodedError('E_IMAGE_UNKNOWN', detail);
    case 'auth':
      return new CodedError('E_REGISTRY_AUTH', detail);
    case 'limit': {
      const retryAfterMs = answer?.retryAfterMs;
      const told = retryAfterMs === undefined ? {} : { retryAfterMs };
      return new CodedError('E_REGISTRY_LIMIT', detail, { registry, ...told });
    }
    case 'down':
      return new CodedError('E_REGISTRY_DOWN', detail, { registry });
  }
}

function digestOf(image: Image, name: string): string {
  const repository = repositoryOf(name);
  const own = image.RepoDigests.find((entry) => repositoryOf(entry) === repository);
  return (own ?? image.RepoDigests[0])?.split('@')[1] ?? image.Id;
}
