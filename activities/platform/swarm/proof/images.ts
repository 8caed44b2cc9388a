import type { Assertion } from '../../../../domain/stages.ts';
import type { ServiceView } from '../service-state.ts';
import type { SwarmContext } from '../swarm-context.ts';
import { shorten, tasksOf } from './compare.ts';
import type { RenderedStack } from './expected.ts';
import { digestOf } from './running.ts';

/**
 * That the digests which run are those of the tags: of the engine's own image of that name, or of what the registry has
 * under it now. Where neither knows the tag, the digest is only compared between a service and its tasks.
 */
export async function proveImages(
  context: SwarmContext,
  { stack }: RenderedStack,
  views: readonly ServiceView[],
): Promise<Assertion> {
  const faults: string[] = [];
  const seen: string[] = [];
  for (const [name, { image = '' }] of Object.entries(stack.services)) {
    const view = views.find((one) => one.name === name);
    if (!view) continue;
    const own = view.service.Spec.TaskTemplate.ContainerSpec.Image;
    const digest = digestOf(own);
    const others = tasksOf(view).filter(({ Spec }) => Spec.ContainerSpec.Image !== own);
    for (const { ID, Spec } of others) {
      faults.push(`${name}: task ${ID.slice(0, 8)} runs ${Spec.ContainerSpec.Image}, not ${own}`);
    }
    const origin = digest === undefined ? 'without a digest' : await originOf(context, image, digest);
    if (origin === undefined) faults.push(`${name}: ${digest} is not what ${image} stands for`);
    else seen.push(`${name} ${digest ?? image}, ${origin}`);
  }
  return {
    name: 'the images have the digests that their tags stand for',
    ok: faults.length === 0,
    detail: faults.length === 0 ? seen.join('; ') : shorten(faults),
  };
}

/** Who says that the digest belongs to the reference; undefined when those who know it say otherwise. */
async function originOf(
  { docker }: SwarmContext,
  image: string,
  digest: string,
): Promise<string | undefined> {
  const pinned = digestOf(image);
  if (pinned !== undefined) return pinned === digest ? 'as the recipe says' : undefined;
  const present = await docker.image(image);
  if (present?.RepoDigests.some((entry) => digestOf(entry) === digest)) return 'as the engine says';
  const current = await docker.registryDigest(image);
  if (current === digest) return 'as the registry says';
  return present === undefined && current === undefined ? 'which nobody here knows by its tag' : undefined;
}
