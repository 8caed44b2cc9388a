import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { ComposeFileObject, ComposeService, ComposeStack } from '../../../../domain/compose.ts';
import { splitReference } from '../../../../domain/image-reference.ts';
import { mountText, recipeLabels, words, type ContainerFacts, type Facts } from './facts.ts';

/** A stack that was rendered from a checkout, and what names in it mean. */
export interface RenderedStack {
  readonly stack: ComposeStack;
  readonly stackName: string;
  readonly treeDir: string;
}

/** Keys that the shape of a service leaves alone; the loader prints commands as lists. */
const processShape = z.object({
  command: z.array(z.string()).nullish(),
  entrypoint: z.array(z.string()).nullish(),
  healthcheck: z.object({ test: z.array(z.string()).nullish(), disable: z.boolean().optional() }).nullish(),
});

/** What a container of the service must look like by the rendered stack. */
export async function expectedContainer(
  rendered: RenderedStack,
  service: ComposeService,
): Promise<ContainerFacts> {
  const { stack, stackName } = rendered;
  const { command, entrypoint, healthcheck } = processShape.parse(service);
  const configs = (service.configs ?? []).map(async ({ source, target }): Promise<[string, string]> => {
    const config = stack.configs[source];
    const hash = config && !config.external ? await contentHash(rendered, config) : undefined;
    return [target ?? source, configText(fullName(stackName, source, config), hash)];
  });
  const secrets = (service.secrets ?? []).map(({ source, target }): [string, string] => [
    target ?? source,
    fullName(stackName, source, stack.secrets[source]),
  ]);
  const mounts = (service.volumes ?? []).map(
    ({ type, source = '', target = '', read_only = false }): [string, string] => {
      const isNamed = type === 'volume' && source !== '';
      const from = isNamed ? fullName(stackName, source, stack.volumes[source]) : source;
      return [target, mountText(type, from, read_only)];
    },
  );
  return {
    image: { image: completeReference(service.image ?? '') },
    environment: environmentOf(service),
    configs: Object.fromEntries(await Promise.all(configs)),
    secrets: Object.fromEntries(secrets),
    mounts: Object.fromEntries(mounts),
    labels: recipeLabels(service.labels ?? {}),
    process: {
      entrypoint: words(entrypoint),
      command: words(command),
      // Docker's own way of saying that there is none even if the image has one.
      healthcheck: healthcheck?.disable ? words(['NONE']) : words(healthcheck?.test),
    },
  };
}

/** Names of the configs that others have made: what is in them is not the recipe's business. */
export function externalConfigs({ stack, stackName }: RenderedStack): ReadonlySet<string> {
  const external = Object.entries(stack.configs).filter(([, config]) => config.external);
  return new Set(external.map(([key, config]) => fullName(stackName, key, config)));
}

/** Repository and tag as Docker completes them; a digest is compared by itself. */
export function completeReference(image: string): string {
  const { registry, path, version } = splitReference(image.split('@', 1)[0] ?? '');
  return `${registry}/${path}:${version}`;
}

export function configText(name: string, hash: string | undefined): string {
  return hash === undefined ? name : `${name} sha256:${hash}`;
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function environmentOf(service: ComposeService): Facts {
  const entries = Object.entries(service.environment ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Name in swarm, as the docker client forms it. */
function fullName(
  stackName: string,
  key: string,
  item: Pick<ComposeFileObject, 'name' | 'external'> | undefined,
): string {
  return item?.name ?? (item?.external ? key : `${stackName}_${key}`);
}

async function contentHash({ treeDir }: RenderedStack, { file }: ComposeFileObject) {
  if (file === undefined) return undefined;
  return sha256(await readFile(isAbsolute(file) ? file : join(treeDir, file)));
}
