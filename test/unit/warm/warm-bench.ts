import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostDependencies } from '../../../activities/host-dependencies.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import { openOperation } from '../../../activities/support/open-operation.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { writeWarmRecord } from '../../../activities/warm/record.ts';
import type { App, Environment } from '../../../domain/plan.ts';
import { realmName } from '../../../domain/sso.ts';
import { warmPlace, type WarmRecord } from '../../../domain/warm.ts';
import type { TestCertificates, TestServer } from '../../fixtures/https-server.ts';
import { ADMIN, KEYCLOAK } from '../../fixtures/keycloak-double.ts';
import { testConfig } from '../activities/test-config.ts';

const PLACE = { instance: '0a1b2c3d', host: 'test' };
const RUN = '3f2a9c1d-0b4e-4a2b-8c3d-4e5f60718293';
export const VERSION = { tag: '1.0.0+26.4.0', commit: '1'.repeat(40), chaos: false };

const appOf = (recipe: string, domain: string): App => ({
  role: 'app',
  recipe,
  source: `/srv/${recipe}`,
  domain,
  stack: domain.replaceAll('.', '_'),
});

/** A provider that is kept warm, and the environment of a run that has a realm there. */
export const WARM: Environment = {
  ...PLACE,
  id: '11111111-0b4e-4a2b-8c3d-4e5f60718293',
  runId: 'run-warm-keycloak-test',
  apps: [appOf('keycloak', KEYCLOAK)],
};
export const OWN: Environment = {
  ...PLACE,
  id: RUN,
  runId: 'run-sample-3f2a9c1d0b4e-1a2b3c',
  apps: [appOf('sample', 'samp-0a1b2c.ci.test')],
  realms: [{ ...warmPlace(WARM), name: realmName(RUN) }],
};
export const RECORD: WarmRecord = {
  environment: WARM,
  version: VERSION,
  healthy: true,
  realms: 0,
  at: new Date().toISOString(),
};

/** A host on which the provider runs, behind the ingress of a double. */
export async function hostWithWarm(
  data: string,
  { ingress }: TestServer,
  { ca }: TestCertificates,
): Promise<HostDependencies> {
  const paths = hostPaths(data);
  const file = join(data, 'ca.pem');
  await writeFile(file, ca);
  const platform = {
    ...createDummyPlatform({}),
    secretValue: (operation: Operation) => {
      // Of the provider's own environment, or of none.
      if (operation.environment.id !== WARM.id) throw new Error('no such secret');
      operation.hide(ADMIN.password);
      return Promise.resolve(ADMIN.password);
    },
  };
  await writeWarmRecord(paths, RECORD);
  const config = {
    ...testConfig(data),
    CCI_INGRESS_ADDRESS: ingress.address,
    CCI_INGRESS_HTTPS_PORT: ingress.port,
    CCI_CA_FILE: file,
  };
  return { config, paths, platform };
}

/** Makes the apps of both. */
export async function deployBoth({ paths, platform }: HostDependencies): Promise<void> {
  const signal = new AbortController().signal;
  for (const environment of [WARM, OWN]) {
    const operation = await openOperation({ environment, token: 1, signal, paths, stage: 'install' });
    const [app] = environment.apps;
    if (!app) throw new Error('an environment has at least one app');
    await platform.createApp(operation, app, VERSION, { env: {}, grants: {} });
    await platform.deploy(operation, app, VERSION, { env: {}, grants: {} });
  }
}
