import { setTimeout as delay } from 'node:timers/promises';
import { reportDowntime } from '../domain/downtime-report.ts';
import type { Downtime } from '../domain/downtime.ts';
import type { App } from '../domain/plan.ts';
import type { Assertion } from '../domain/stages.ts';
import { settingsIn } from './apps.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment } from './in-environment.ts';
import { assertToldVersion } from './support/assert-told-version.ts';
import { convergedWithRoom } from './support/disk-room.ts';
import { readSamples } from './support/downtime/samples.ts';
import { watchDowntime } from './support/downtime/watch-downtime.ts';
import { loadRecipe } from './support/load-recipe.ts';
import type { Operation } from './support/operation.ts';
import { trustedIngress } from './support/trusted-ingress.ts';
import type { AppAtVersion, AppInStage, UpgradeReceipt } from './types.ts';

/** How long the public hostname is watched from the start of the last new task: the ingress looks for tasks every second. */
const WATCH_ON_MS = 1500;

/** Deploys a version over what runs and waits, with the recipe's own timeout, until it has converged. */
export function upgradeApp(
  deps: HostDependencies,
  { environment, app, version, timeoutMs }: AppAtVersion & { timeoutMs: number },
): Promise<UpgradeReceipt> {
  return inEnvironment(deps, { environment, stage: 'upgrade' }, async (operation) => {
    const { definition } = await loadRecipe(app.recipe, deps.checkout);
    const settings = await settingsIn(deps, { environment, app, version });
    const added = Object.keys(definition.upgrade.env);
    if (added.length > 0) operation.log(`upgrade-env: ${added.join(', ')}`);
    const file = deps.paths.downtime(environment.runId);
    const { health } = definition;
    const watch = watchDowntime(await trustedIngress(deps.config), operation, { app, health, file });
    try {
      // What only this version declares, its secrets above all, has to be there before its services.
      await deps.platform.createApp(operation, app, version, settings);
      const deploy = await deps.platform.deploy(operation, app, version, settings);
      await convergedWithRoom(deps, operation, app, { timeoutMs });
      const states = await deps.platform.serviceStates(app);
      const ages = states.flatMap(({ upMs }) => upMs ?? []);
      const youngestMs = ages.length === 0 ? 0 : Math.min(...ages);
      await delay(Math.max(0, WATCH_ON_MS - youngestMs), undefined, { signal: operation.signal });
      await watch.stop();
      return { deploy, downtime: await downtimeOf(deps, operation, app, file) };
    } finally {
      await watch.stop();
    }
  });
}

/** Only told beside the upgrade, so what cannot be read is no reason to fail: it is left out, and said in the log. */
async function downtimeOf(
  { platform }: HostDependencies,
  operation: Operation,
  app: App,
  file: string,
): Promise<Downtime> {
  const otherwise =
    <T>(value: T) =>
    (error: unknown): T => {
      operation.log(`downtime: ${String(error)}`);
      return value;
    };
  const samples = await readSamples(file, operation.environment.id).catch(otherwise([]));
  const facts = await platform.serviceFacts(app).catch(otherwise([]));
  const mode = facts.find(({ service }) => service === 'app')?.updateOrder ?? 'unknown';
  const downtime = reportDowntime(samples, mode);
  operation.log(`downtime: ${JSON.stringify(downtime)}`);
  return downtime;
}

/** That what runs is the version, and that the app itself says so where the recipe folder knows how to ask. */
export function assertVersion(
  deps: HostDependencies,
  { environment, app, version, stage }: AppInStage,
): Promise<readonly Assertion[]> {
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    const { definition } = await loadRecipe(app.recipe, deps.checkout);
    const settings = await settingsIn(deps, { environment, app, version });
    const proof = await deps.platform.proveVersion(operation, app, version, settings);
    if (!definition.version) return proof;
    const tools = { platform: deps.platform, ingress: await trustedIngress(deps.config) };
    return [...proof, await assertToldVersion(tools, operation, { app, version }, definition.version)];
  });
}
