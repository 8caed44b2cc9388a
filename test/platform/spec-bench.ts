import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadRecipe } from '../../activities/support/load-recipe.ts';
import { openOperation } from '../../activities/support/open-operation.ts';
import { hostPaths } from '../../activities/support/paths.ts';
import { createRedactor } from '../../activities/support/redact.ts';
import { allowTurn, runStageSpecs } from '../../activities/support/run-specs.ts';
import type { SpecOutcome } from '../../activities/types.ts';
import { appDomain, stackName } from '../../domain/ids.ts';
import type { SpecDependency } from '../../domain/spec-context.ts';
import { makeCertificates, startHttpsServer, ZONE, type TestServer } from '../fixtures/https-server.ts';

export const REPOSITORY = resolve(import.meta.dirname, '../..');
export const SECRET = 'correct-horse-battery-staple';
/** Nobody else's, so that every process of this user is one of ours. */
export const UID = 54_321;
export const IMPORTS = `import { expect, gotoWithRetry, test } from '../fixtures.ts';\n`;

const BROWSER = process.env['CCI_BROWSER'] ?? '/usr/bin/chromium';
const PAGE = `<!doctype html><title>t</title><h1>Probe</h1><p>${SECRET}</p>`;
export const PAGE_BYTES = Buffer.byteLength(PAGE);

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly ingress?: TestServer['ingress'];
  /** Holds the specs back until it has called `allow`. */
  readonly beforeTurn?: (allow: () => Promise<void>) => Promise<void>;
  /** Switches redaction off. */
  readonly unredacted?: boolean;
  /** Takes something away that the runner needs. */
  readonly broken?: boolean;
  readonly dependencies?: readonly SpecDependency[];
}

export interface SpecBench extends AsyncDisposable {
  /** What has been asked of the page's server. */
  readonly requests: readonly string[];
  readonly ingress: TestServer['ingress'];
  /** Runs one spec file with the real runner against a page of the test. */
  readonly run: (
    spec: string,
    options?: RunOptions,
  ) => Promise<SpecOutcome & { folder: string; files: string }>;
}

export async function createSpecBench(): Promise<SpecBench> {
  // Mode 0700: like a clone below /root, nothing in it can be reached by another user.
  const folder = await mkdtemp(join(tmpdir(), 'cc-ci-specs-'));
  let writes = 0;
  const requests: string[] = [];
  const server = await startHttpsServer(await makeCertificates(), (request, response) => {
    requests.push(request.url ?? '');
    if (request.url === '/flaky') {
      const refused = (writes += 1) === 1;
      response.writeHead(refused ? 503 : 201).end(refused ? 'starting' : 'made');
      return;
    }
    if (request.url === '/') response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    else response.writeHead(404, { 'content-type': 'text/html' }).end('missing');
  });
  return {
    ingress: server.ingress,
    requests,
    run: (spec, options = {}) => run(folder, spec, { ingress: server.ingress, ...options }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A checkout with one recipe whose install spec is the given text. */
async function checkoutWith(folder: string, spec: string): Promise<string> {
  const checkout = await mkdtemp(join(folder, 'checkout-'));
  await mkdir(join(checkout, 'recipes/probe-app'), { recursive: true });
  for (const entry of await readdir(join(REPOSITORY, 'recipes'), { withFileTypes: true })) {
    const name = join('recipes', entry.name);
    if (entry.isFile()) await cp(join(REPOSITORY, name), join(checkout, name));
  }
  await cp(join(REPOSITORY, 'domain'), join(checkout, 'domain'), { recursive: true });
  for (const name of ['package.json', 'tsconfig.json'])
    await cp(join(REPOSITORY, name), join(checkout, name));
  await symlink(join(REPOSITORY, 'node_modules'), join(checkout, 'node_modules'));
  await writeFile(join(checkout, 'recipes/probe-app/install.spec.ts'), spec);
  return checkout;
}

async function run(folder: string, spec: string, options: RunOptions & { ingress: TestServer['ingress'] }) {
  const checkout = await checkoutWith(folder, spec);
  if (options.broken) await rm(join(checkout, 'domain'), { recursive: true });
  const id = randomUUID();
  const paths = hostPaths(join(folder, 'data'));
  const runId = `run-${id}`;
  const domain = appDomain({ recipe: 'probe-app', role: 'app', environmentId: id, zone: ZONE });
  const app = { role: 'app', recipe: 'probe-app', source: '/', domain, stack: stackName(domain) };
  const open = (lane: string) =>
    openOperation({
      environment: { id, runId, instance: '00000000', host: 'test', apps: [app] },
      lane,
      token: Date.now(),
      signal: options.signal ?? new AbortController().signal,
      paths,
      stage: 'install',
      redactor: createRedactor(options.unredacted ? [] : [SECRET]),
    });
  const operation = await open('specs-install');
  const { files } = paths.environment(id);
  const turns = join(files, 'spec-turns');
  const { beforeTurn } = options;
  const turn = randomUUID();
  const allow = async () => allowTurn(turns, await open('main'), turn);
  const allowing = beforeTurn?.(allow);
  const outcome = await runStageSpecs(
    {
      ingress: options.ingress,
      browser: BROWSER,
      uid: UID,
      gid: UID,
      checkout,
      work: join(files, 'specs-install'),
      cache: join(files, 'spec-cache'),
      turns,
      folders: { run: paths.run(runId), screenshots: paths.screenshots(runId), traces: paths.traces(runId) },
      ...(beforeTurn === undefined ? {} : { turn: { turn, waitMs: 60_000 } }),
      timeoutMs: options.timeoutMs ?? 60_000,
    },
    operation,
    {
      app,
      version: { commit: '0'.repeat(40), chaos: true },
      stage: 'install',
      recipe: await loadRecipe('probe-app', checkout),
      markers: [],
      seed: 'seed of the run',
      dependencies: options.dependencies ?? [],
      sso: undefined,
    },
  );
  await allowing;
  return { ...outcome, folder: paths.run(runId), files };
}

/** Ids of the processes of the user that runs specs. */
export function processesOfSpecUser(): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return new RegExp(`^Uid:\\s+${UID}\\b`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'));
    } catch {
      return false;
    }
  });
}
