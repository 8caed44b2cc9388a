import { createHash } from 'node:crypto';
import type { ComposeStack } from '../../../domain/compose.ts';
import { CodedError } from '../../../domain/errors.ts';
import { CCI_LABELS } from '../../../domain/labels.ts';
import type { App, Version } from '../../../domain/plan.ts';
import { markStack } from '../../../domain/stack-transform.ts';
import { serialiseStack } from '../../../domain/stack-yaml.ts';
import { appendLedger, intentsOf, readLedger, type Intent } from '../../support/ledger.ts';
import type { Operation } from '../../support/operation.ts';
import type { AppSettings, DeployReceipt } from '../port.ts';
import { ensureCheckout } from './checkout.ts';
import { marksOf, nextDeployId, openIntent } from './deploy-id.ts';
import { STACK_LABEL } from './docker.ts';
import { examineApp, refuse } from './examine-app.ts';
import { readFileIfAny, writeEnvironmentFile } from '../../support/environment-files.ts';
import { applyStack } from './apply-stack.ts';
import type { Service } from './shapes.ts';
import type { SwarmContext } from './swarm-context.ts';

/** Looks after an apply that met another change; each look sees what is there by then. */
const APPLIES = 3;

/**
 * Deploys a version, or goes on with its deploy where an earlier attempt left off: the bytes and the intent are on disk
 * before the first object is made, and only what does not carry the intent's id yet is sent to swarm.
 */
export async function deploy(
  context: SwarmContext,
  operation: Operation,
  app: App,
  version: Version,
  settings: AppSettings,
): Promise<DeployReceipt> {
  const tree = await ensureCheckout(context, operation, app, version);
  const examined = refuse(operation, await examineApp(context, operation, tree, { app, version, settings }));
  if (!examined.stack) throw new CodedError('E_INTERNAL', 'a stack without refusals was not rendered');
  const place = context.paths.environment(operation.environment.id);
  if ((await readFileIfAny(place.envFile(app.domain))) !== examined.envText) {
    await writeEnvironmentFile(operation, place.envFile(app.domain), examined.envText);
  }
  const plan = await planDeploy(context, operation, app, version, examined.stack);
  await applyMissing(context, operation, app, plan);
  return {
    deployId: plan.intent.deployId,
    contentHash: plan.intent.contentHash,
    resumed: plan.resumed,
    services: Object.keys(plan.stack.services),
  };
}

interface DeployPlan {
  readonly intent: Pick<Intent, 'deployId' | 'contentHash'>;
  readonly stack: ComposeStack;
  readonly resumed: boolean;
}

async function planDeploy(
  context: SwarmContext,
  operation: Operation,
  app: App,
  version: Version,
  unmarked: ComposeStack,
): Promise<DeployPlan> {
  const place = context.paths.environment(operation.environment.id);
  const services = await servicesOf(context, app);
  const render = async () => {
    const entries = await readLedger(place.ledger);
    const deployId = nextDeployId(operation.environment, app, version, entries);
    // Containers, volumes and networks keep the mark of the deploy that made the app.
    const origin = intentsOf(entries, app.role)[0]?.deployId ?? deployId;
    const stack = markStack(unmarked, { ...marksOf(operation.environment, deployId), origin });
    const bytes = serialiseStack(stack);
    const contentHash = createHash('sha256').update(bytes).digest('hex');
    return { stack, bytes, intent: { deployId, contentHash }, open: openIntent(entries, app, version) };
  };
  let rendered = await render();
  if (rendered.open && rendered.open.contentHash !== rendered.intent.contentHash) {
    if (services.some((service) => isOf(service, rendered.intent.deployId))) {
      throw new CodedError(
        'E_INTERNAL',
        `the deploy ${rendered.intent.deployId} has begun with other content`,
      );
    }
    await appendLedger(place.ledger, { kind: 'superseded', deployId: rendered.intent.deployId });
    rendered = await render();
  }
  const { stack, bytes, intent, open } = rendered;
  if (!open) {
    await writeEnvironmentFile(operation, place.rendered(intent.contentHash), bytes);
    await appendLedger(place.ledger, {
      kind: 'intent',
      ...intent,
      app: app.role,
      version: version.commit,
      chaos: version.chaos,
      change: services.length === 0 ? 'create' : 'update',
    });
  }
  operation.log(
    `deploy ${intent.deployId} of ${app.domain}${open ? ', resumed' : ''}, ${intent.contentHash}`,
  );
  return { intent, stack, resumed: open !== undefined };
}

async function applyMissing(
  context: SwarmContext,
  operation: Operation,
  app: App,
  { intent, stack }: DeployPlan,
): Promise<void> {
  const place = context.paths.environment(operation.environment.id);
  for (let round = 1; ; round += 1) {
    const services = await servicesOf(context, app);
    const done = new Set(
      services.filter((service) => isOf(service, intent.deployId)).map(({ Spec }) => Spec.Name),
    );
    const missing = Object.keys(stack.services).filter((name) => !done.has(`${app.stack}_${name}`));
    if (missing.length === 0) break;
    if (round > APPLIES) throw new CodedError('E_DOCKER', `services are not there: ${missing.join(', ')}`);
    operation.progress(`${app.domain}: deploying ${missing.join(', ')}`);
    // What is there must not be sent again: swarm would count it as an update.
    const file = done.size === 0 ? intent.contentHash : `${intent.contentHash}-${missing.length}`;
    if (done.size > 0) {
      await writeEnvironmentFile(operation, place.rendered(file), serialiseStack(restrict(stack, missing)));
    }
    await applyStack(context, operation, app, place.rendered(file));
  }
  const known = await readLedger(place.ledger);
  if (known.some((entry) => entry.kind === 'applied' && entry.deployId === intent.deployId)) return;
  await appendLedger(place.ledger, { kind: 'applied', deployId: intent.deployId });
}

/** The same stack with these services only; shared objects stay, because making them again changes nothing. */
function restrict(stack: ComposeStack, names: readonly string[]): ComposeStack {
  const services = Object.entries(stack.services).filter(([name]) => names.includes(name));
  return { ...stack, services: Object.fromEntries(services) };
}

function servicesOf({ docker }: SwarmContext, app: App): Promise<readonly Service[]> {
  return docker.services({ label: [`${STACK_LABEL}=${app.stack}`] });
}

function isOf(service: Service, deployId: string): boolean {
  return service.Spec.Labels[CCI_LABELS.deploy] === deployId;
}
