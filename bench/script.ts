import { readdirSync } from 'node:fs';
import { chmod, chown, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { trustedIngress } from '../activities/support/trusted-ingress.ts';
import type { SpecContext } from '../domain/spec-context.ts';
import { loadWorkerConfig } from '../worker/config.ts';
import { markerPage, MARKER_PATH } from '../recipes/custom-html/marker-page.ts';
import { RECIPE, renderApp, run, type RenderedApp } from './world.ts';

const SCRIPT = fileURLToPath(new URL('baseline.sh', import.meta.url));
const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
const SANDBOX = join(CHECKOUT, 'activities/support/spec-sandbox.sh');
const RESTIC_IMAGE = 'restic/restic:0.14.0';
/** Empty folder that the sandbox covers, as cc-ci's own runner does. */
const ROOT = '/mnt';
const MARKER = 'bench';
/** One a second. */
const REMOVALS = 60;
const CONTENT = '/usr/share/nginx/html';

const stepsSchema = z.record(z.string(), z.number());

/** Runs the plain script once, on a stack of its own that is rendered like cc-ci's. Seconds of each step, and `total`. */
export async function runScript(): Promise<Readonly<Record<string, number>>> {
  const config = loadWorkerConfig();
  await using rendered = await renderApp();
  const { app } = rendered;
  const repository = `${app.stack}_bench`;
  const docker = (...args: string[]) =>
    run(config.CCI_DOCKER_BIN, args, { env: { DOCKER_HOST: config.CCI_DOCKER_HOST } });
  const volume = `${app.stack}_content`;
  const restic = [
    ...[
      'docker',
      'run',
      '--rm',
      '--network',
      'none',
      '-v',
      `${volume}:/data`,
      '-v',
      `${repository}:/repository`,
    ],
    ...['-e', 'RESTIC_REPOSITORY=/repository', '-e', 'RESTIC_PASSWORD=bench', '--entrypoint', 'restic'],
    ...[RESTIC_IMAGE, '--no-cache'],
  ];
  const { address, port } = await trustedIngress(config);
  try {
    const { stdout } = await run('bash', [SCRIPT], {
      cwd: rendered.folder,
      env: {
        PATH: `${dirname(config.CCI_DOCKER_BIN)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
        DOCKER_HOST: config.CCI_DOCKER_HOST,
        STACK: app.stack,
        VOLUME: volume,
        BASE: rendered.base,
        HEAD: rendered.head,
        URL: `https://${app.domain}/`,
        CONNECT: `${app.domain}:443:${address}:${port}`,
        CACERT: config.CCI_CA_FILE ?? '',
        SERVICE_PATH: CONTENT,
        RESTIC: restic.join(' '),
        SPECS: `sh ${await specCommand(rendered)}`,
      },
    });
    return stepsSchema.parse(JSON.parse(stdout));
  } finally {
    await docker('stack', 'rm', app.stack).catch(() => undefined);
    await removeVolumes(docker, [volume, repository]);
  }
}

/** Containers of a script that failed half-way go some seconds after their stack. */
async function removeVolumes(
  docker: (...args: string[]) => Promise<unknown>,
  names: readonly string[],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await docker('volume', 'rm', '-f', ...names);
      return;
    } catch (error) {
      if (attempt === REMOVALS) throw error;
      await delay(1000);
    }
  }
}

/** All specs of the recipe in one runner, in the sandbox that cc-ci uses, with the pages they look for. */
async function specCommand({ app, folder, headVersion }: RenderedApp): Promise<string> {
  const config = loadWorkerConfig();
  const ingress = await trustedIngress(config);
  const folders = ['in', 'out', 'cache', 'turns'].map((name) => join(folder, name));
  for (const made of folders) await mkdir(made);
  const [input = '', out = ''] = folders;
  await chmod(folder, 0o755);
  await chown(out, config.CCI_SPEC_UID, config.CCI_SPEC_GID);
  const context: SpecContext = {
    app: { role: app.role, recipe: app.recipe, domain: app.domain },
    version: headVersion,
    stage: 'custom',
    marker: MARKER,
    seed: '',
    markers: [{ kind: 'file', service: 'app', volume: 'content', path: 'ci-marker-bench.txt' }],
    deps: [],
    ingress: { address: ingress.address, port: ingress.port, zone: ingress.zone },
    browser: config.CCI_BROWSER,
    out: join(ROOT, 'out'),
    timeoutMs: 300_000,
    ...(ingress.ca === undefined ? {} : { ca: ingress.ca }),
  };
  await writeFile(join(input, 'context.json'), JSON.stringify(context));
  if (ingress.ca !== undefined) await writeFile(join(input, 'ca.pem'), ingress.ca);
  await writeFile(join(folder, 'page.html'), markerPage(MARKER));
  const specs = readdirSync(join(CHECKOUT, 'recipes', RECIPE), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.spec.ts'))
    .map((file) => `'${join(ROOT, 'recipes', RECIPE, file)}'`);
  const command = join(folder, 'specs.sh');
  const [uid, gid] = [config.CCI_SPEC_UID, config.CCI_SPEC_GID];
  await writeFile(
    command,
    `set -e
id=$(docker ps -q -f "label=com.docker.swarm.service.name=${app.stack}_app" | head -1)
docker exec -i "$id" sh -c 'cat > ${CONTENT}${MARKER_PATH}; printf ${MARKER} > ${CONTENT}/ci-marker-bench.txt' < ${folder}/page.html
exec unshare --mount --pid --fork --kill-child --mount-proc sh ${SANDBOX} ${ROOT} ${CHECKOUT} ${await realpath(process.execPath)} \\
  ${folders.join(' ')} ${uid} ${gid} test --config ${ROOT}/recipes/playwright.config.ts ${specs.join(' ')}
`,
  );
  return command;
}
