import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile, cp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { IsolatedOutcome, Platform } from '../../activities/platform/port.ts';
import { fetchThroughIngress } from '../../activities/support/ingress-http.ts';
import { openOperation } from '../../activities/support/open-operation.ts';
import { createRedactor } from '../../activities/support/redact.ts';
import { runRepositorySpecs } from '../../activities/support/repository-specs.ts';
import { trustedIngress } from '../../activities/support/trusted-ingress.ts';
import type { App, Environment } from '../../domain/plan.ts';
import { config, docker, eventually, required } from '../e2e/stack.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
/** A secret of the run; everything that leaves the host by a log or a result must not have it. */
export const SECRET = 'correct-horse-battery-staple';
/** Nobody else's: every process of this user is one of the specs'. */
const SPEC_UID = 64_001;
export const PAGE = 'Welcome to nginx!';

export interface Ran {
  readonly outcome: Awaited<ReturnType<typeof runRepositorySpecs>>;
  readonly raw: IsolatedOutcome | undefined;
  /** Log of the stage. */
  readonly log: string;
}

/** An app behind the ingress, another one beside it, and the real isolation. */
export async function openRepositorySpecsBench() {
  const world = await openSwarmWorld();
  const checkout = await mkdtemp(join(tmpdir(), 'cci-checkout-'));
  for (const folder of ['recipes', 'domain'])
    await cp(join(REPOSITORY, folder), join(checkout, folder), { recursive: true });
  for (const name of ['package.json', 'tsconfig.json'])
    await cp(join(REPOSITORY, name), join(checkout, name));
  await approve(checkout, ['tiny']);
  const ingress = await trustedIngress({
    CCI_INGRESS_ADDRESS: required('CCI_INGRESS_ADDRESS'),
    CCI_INGRESS_HTTPS_PORT: Number(required('CCI_INGRESS_HTTPS_PORT')),
    CCI_ZONE: config.CCI_ZONE,
    CCI_CA_FILE: required('CCI_CA_FILE'),
  });
  const under = await serve(world);
  const other = await serve(world);
  for (const { app } of [under, other]) {
    await eventually('the app answers', 60, async () => {
      const answer = await fetchThroughIngress(ingress, `https://${app.domain}/`, { timeoutMs: 2000 }).catch(
        () => undefined,
      );
      return answer?.status === 200 ? true : undefined;
    });
  }

  return {
    world,
    ingress,
    app: under.app,
    environment: under.environment,
    other: other.app,
    checkout,
    run: async (files: Readonly<Record<string, string>>, timeoutMs = 120_000): Promise<Ran> => {
      const laid = Object.fromEntries(
        Object.entries(files).map(([name, text]) => [`tests/cc-ci/${name}`, text]),
      );
      const recipe = await world.recipe([{ files: { ...laid, 'compose.yml': 'services: {}\n' } }]);
      const app: App = { ...under.app, source: recipe.path };
      const operation = await openOperation({
        ...world.options(under.environment),
        stage: 'custom',
        redactor: createRedactor([SECRET]),
      });
      let raw: IsolatedOutcome | undefined;
      const platform: Platform = {
        ...world.platform,
        runIsolated: async (...call) => (raw = await world.platform.runIsolated(...call)),
      };
      const version = { commit: z.string().parse(recipe.commits[0]), chaos: true };
      const outcome = await runRepositorySpecs({ platform, ingress, timeoutMs, checkout }, operation, {
        app,
        version,
        markers: [],
      });
      const log = await readFile(world.paths.stageLog(under.environment.runId, 'custom'), 'utf8');
      return { outcome, raw, log };
    },
    close: async () => {
      await world.close();
      await rm(checkout, { recursive: true, force: true });
    },
  };
}
export type RepositorySpecsBench = Awaited<ReturnType<typeof openRepositorySpecsBench>>;

export async function approve(checkout: string, recipes: readonly string[]): Promise<void> {
  await mkdir(join(checkout, 'recipes'), { recursive: true });
  await writeFile(join(checkout, 'recipes/repo-local-approved.txt'), `# reviewed\n${recipes.join('\n')}\n`);
}

async function serve(world: SwarmWorld): Promise<{ environment: Environment; app: App }> {
  const made = world.environment('/nowhere');
  const { stack, domain } = made.app;
  const router = [`traefik.enable=true`, `traefik.http.routers.${stack}.rule=Host(\`${domain}\`)`];
  const labels = [
    ...router,
    `traefik.http.routers.${stack}.entrypoints=web-secure`,
    `traefik.http.routers.${stack}.tls=true`,
    `traefik.http.services.${stack}.loadbalancer.server.port=80`,
    `com.docker.stack.namespace=${stack}`,
  ].flatMap((label) => ['--label', label]);
  const flags = [
    '--detach',
    '--quiet',
    '--network',
    'proxy',
    '--endpoint-mode',
    'dnsrr',
    '--name',
    `${stack}_app`,
  ];
  await docker('service', 'create', ...flags, ...labels, 'nginx:1.29.0');
  return made;
}

/** What the specs have printed between marks, from the report that the host got. */
export function printedBy({ raw }: Ran): Record<string, string> {
  const text = /SEEN(\{.*?\})NEES/s.exec(raw?.report ?? '')?.[1];
  if (text === undefined) throw new Error(`nothing printed: ${raw?.report?.slice(0, 2000)}`);
  // It stands in a string of the report.
  return z.record(z.string(), z.string()).parse(JSON.parse(z.string().parse(JSON.parse(`"${text}"`))));
}

/** Processes of the user of the specs, with what each holds in memory in bytes. */
export function processesOfSpecs(): { pid: string; bytes: number }[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      if (!new RegExp(`^Uid:\\s+${SPEC_UID}\\b`, 'm').test(status)) return [];
      return [{ pid, bytes: Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024 }];
    } catch {
      return [];
    }
  });
}

/** Containers and volumes that isolation has made and not removed. */
export async function leftovers(): Promise<string> {
  const filter = ['--filter', 'label=cc-ci.isolation'];
  return (
    (await docker('ps', '--all', '--quiet', ...filter)) + (await docker('volume', 'ls', '--quiet', ...filter))
  );
}
