import { CodedError } from '../../../domain/errors.ts';
import type { App, Version } from '../../../domain/plan.ts';
import { readLedger } from '../../support/ledger.ts';
import type { Operation } from '../../support/operation.ts';
import type { AppSettings } from '../port.ts';
import { ensureCheckout } from './checkout.ts';
import { nextDeployId, marksOf } from './deploy-id.ts';
import { examineApp, refuse } from './examine-app.ts';
import { readFileIfAny, writeEnvironmentFile } from '../../support/environment-files.ts';
import { findObjects } from './inventory.ts';
import { belongsTo } from './ownership.ts';
import { ensureSecrets } from './secret-store.ts';
import type { SwarmContext } from './swarm-context.ts';

/** Ensures the checkout, the env file and the secrets of an app. Nothing is made for a version that is refused. */
export async function createApp(
  context: SwarmContext,
  operation: Operation,
  app: App,
  version: Version,
  settings: AppSettings,
): Promise<void> {
  await refuseForeign(context, operation, app);
  const tree = await ensureCheckout(context, operation, app, version);
  const what = { app, version, settings };
  const examined = refuse(operation, await examineApp(context, operation, tree, what));
  const place = context.paths.environment(operation.environment.id);
  const envFile = place.envFile(app.domain);
  if ((await readFileIfAny(envFile)) !== examined.envText) {
    await writeEnvironmentFile(operation, envFile, examined.envText);
  }
  operation.progress(`${app.domain}: secrets`);
  const deployId = nextDeployId(operation.environment, app, version, await readLedger(place.ledger));
  const marks = marksOf(operation.environment, deployId);
  await ensureSecrets(context, operation, examined.secrets, { marks, given: settings.secrets ?? {} });
}

/** What bears the app's names but belongs to somebody else would be taken for the app, or be removed with it. */
async function refuseForeign({ docker }: SwarmContext, operation: Operation, app: App): Promise<void> {
  const foreign = (await findObjects(docker)).filter(
    (item) => item.name.startsWith(`${app.stack}_`) && !belongsTo(operation.environment, item),
  );
  if (foreign.length === 0) return;
  const names = foreign.slice(0, 5).map(({ kind, name }) => `${kind} ${name}`);
  throw new CodedError('E_RESIDUE', `names of ${app.domain} are taken: ${names.join(', ')}`);
}
