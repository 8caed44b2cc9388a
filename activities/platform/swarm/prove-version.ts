import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../../../domain/errors.ts';
import type { App, Version } from '../../../domain/plan.ts';
import type { Assertion } from '../../../domain/stages.ts';
import type { Operation } from '../../support/operation.ts';
import type { AppSettings } from '../port.ts';
import { makeCheckout } from './checkout.ts';
import { examineApp, refuse } from './examine-app.ts';
import { compareServices } from './proof/compare.ts';
import type { RenderedStack } from './proof/expected.ts';
import { proveImages } from './proof/images.ts';
import { proveLabel } from './proof/label.ts';
import { viewServices } from './service-state.ts';
import type { SwarmContext } from './swarm-context.ts';

const MAX_DETAIL = 2000;

/**
 * Proves that a version runs by rendering it once more from a clean checkout and comparing that with what the daemon
 * says of services and tasks. Nothing that the deploy has written is believed, the app's env file apart.
 */
export async function proveVersion(
  context: SwarmContext,
  operation: Operation,
  app: App,
  version: Version,
  settings: AppSettings,
): Promise<readonly Assertion[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-proof-'));
  try {
    const treeDir = join(scratch, 'tree');
    await makeCheckout(context, operation, app, version, treeDir);
    const what = { app, version, settings };
    const { stack } = refuse(operation, await examineApp(context, operation, treeDir, what));
    if (!stack) throw new CodedError('E_INTERNAL', 'a stack without refusals was not rendered');
    const rendered: RenderedStack = { stack, stackName: app.stack, treeDir };
    const views = await viewServices(context.docker, app);
    const assertions = [
      ...(await compareServices(context, rendered, views)),
      await proveImages(context, rendered, views),
      await proveLabel(context, operation, rendered, { app, version, views }),
    ];
    return assertions.map(({ name, ok, detail }) => {
      const shown = operation.redact(detail).slice(0, MAX_DETAIL);
      operation.log(`${ok ? 'proven' : 'NOT PROVEN'}: ${name}: ${shown}`);
      return { name, ok, detail: shown };
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
