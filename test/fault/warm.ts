import type { DummyObject } from '../../activities/platform/dummy/dummy-state.ts';
import { UserError } from '../../client/user-error.ts';
import { bringUp, takeDown } from '../../client/warm.ts';
import { clientConfigSchema } from '../../domain/config.ts';
import { stackName, warmDomain, warmProviderId } from '../../domain/ids.ts';
import { CCI_LABELS } from '../../domain/labels.ts';
import { docker } from './docker.ts';
import type { Lane } from './lane.ts';
import { removeAll } from './remove-all.ts';

const RECIPE = 'keycloak';

const configOf = ({ env }: Lane) => clientConfigSchema.parse(env);
const stackOf = ({ env }: Lane) => stackName(warmDomain(RECIPE, env['CCI_ZONE'] ?? ''));

/** Has a Keycloak kept warm on the lane; resolves when it serves. */
export async function bringWarmUp(lane: Lane): Promise<void> {
  await bringUp(lane.client, configOf(lane), RECIPE, () => undefined);
}

/** Has it taken down, which is refused while runs have realms there; returns what is wrong with that. */
export async function takeWarmDown(lane: Lane): Promise<string[]> {
  const down = (force: boolean) =>
    takeDown(lane.client, configOf(lane), { recipe: RECIPE, force }, () => undefined);
  try {
    const status = await down(false);
    return status?.phase === 'removed'
      ? []
      : [`the warm provider is ${JSON.stringify(status ?? 'not there')}`];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await down(true);
    return [error.message];
  }
}

/** Realms of runs at the warm provider, as itself has them. */
export async function warmRealms(lane: Lane): Promise<string[]> {
  if (lane.platform === 'dummy') return lane.providers.realms();
  const find = ['ps', '--quiet', '--filter', `name=${stackOf(lane)}_db\\.`, '--filter', 'status=running'];
  const [database] = await docker(lane.env, find);
  // It is gone, and its realms are gone with it.
  if (database === undefined) return [];
  const query = "SELECT name FROM realm WHERE name LIKE 'ci-%'";
  const psql = ['psql', '--username=keycloak', '--dbname=keycloak', '--tuples-only', '--no-align'];
  return docker(lane.env, ['exec', database, ...psql, `--command=${query}`]);
}

/** What was taken from the dummy platform, by lane. */
const taken = new Map<Lane, readonly DummyObject[]>();

/** The provider on the dummy platform dies and its data stays, until it is started again. */
export function stopWarm(lane: Lane): void {
  const stack = stackOf(lane);
  lane.changeDummy((state) => {
    const isIt = (one: DummyObject) => one.stack === stack && one.kind === 'service';
    taken.set(lane, state.objects.filter(isIt));
    state.objects = state.objects.filter((one) => !isIt(one));
  });
}

export function startWarm(lane: Lane): void {
  const objects = taken.get(lane) ?? [];
  taken.delete(lane);
  lane.changeDummy((state) => {
    state.objects.push(...objects);
  });
}

/** Somebody removes all objects of the provider by hand. */
export async function destroyWarm(lane: Lane): Promise<void> {
  if (lane.platform === 'swarm') {
    return removeAll(lane.env, `${CCI_LABELS.run}=${warmProviderId(RECIPE, lane.env['CCI_HOST'] ?? '')}`);
  }
  const stack = stackOf(lane);
  lane.changeDummy((state) => {
    state.objects = state.objects.filter((one) => one.stack !== stack);
  });
  return Promise.resolve();
}
