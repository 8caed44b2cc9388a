import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Expectation, FaultCase, Struck } from '../case.ts';
import { docker } from '../docker.ts';
import type { Lane } from '../lane.ts';
import { killWorker } from '../strikes.ts';
import type { RecipeTree } from '../../mutations/recipe-tree.ts';
import { until } from '../until.ts';
import { DATA, faultCase, INSTALL, UPGRADE, withHook } from './build.ts';

const REGISTRY = join(import.meta.dirname, '../../fixtures/fake-registry.ts');
const nothing = () => Promise.resolve();

/** A registry where the daemon looks for images, which answers in the way that the repository is called. */
function registryCase(repository: string, fault: string, expect: Expectation): FaultCase {
  let registry: ChildProcess | undefined;
  let address = '';
  return faultCase({
    platform: 'swarm',
    fault,
    place: 'fetch of the images',
    stages: INSTALL,
    prepare: async ({ env }) => {
      const netns = env['CCI_NETNS'];
      const enter = netns === undefined ? [] : ['nsenter', `--net=${netns}`, '--'];
      const argv = [...enter, process.execPath, REGISTRY];
      registry = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] });
      const said: unknown[] = registry.stdout ? await once(registry.stdout, 'data') : [];
      address = `127.0.0.1:${String(said[0]).trim()}`;
      if (repository === 'refused') registry.kill('SIGKILL');
    },
    change: (tree) =>
      tree.replace('head', 'compose.yml', /image: nginx:\S+/, `image: ${address}/${repository}:1`),
    strike: nothing,
    expect,
    after: () => {
      registry?.kill('SIGKILL');
      return Promise.resolve();
    },
  });
}

const REGISTRIES: readonly FaultCase[] = [
  registryCase('unknown', 'registry does not know the image', { verdict: 'failed', code: 'E_IMAGE_UNKNOWN' }),
  registryCase('private', 'registry wants a login (401)', { verdict: 'errored', code: 'E_REGISTRY_AUTH' }),
  registryCase('limited', 'registry limits pulls (429)', { verdict: 'errored', code: 'E_REGISTRY_LIMIT' }),
  registryCase('recovering', 'registry limits pulls for a while', {
    verdict: 'failed',
    code: 'E_IMAGE_UNKNOWN',
  }),
  registryCase('broken', 'registry is out of order (503)', { verdict: 'errored', code: 'E_REGISTRY_DOWN' }),
  registryCase('refused', 'registry refuses connections', { verdict: 'errored', code: 'E_REGISTRY_DOWN' }),
  registryCase('slow', 'registry is slow', { verdict: 'failed', code: 'E_IMAGE_UNKNOWN' }),
];

const SERVICE = /( {4}image: nginx:\S+\n)/;
const slowHook = (tree: RecipeTree) => withHook(tree, '[ "$1" = backup ] && sleep 6');

/** Heads that do not run, and backups that save nothing. */
const HEADS: readonly FaultCase[] = [
  faultCase({
    platform: 'swarm',
    fault: 'crash loop',
    place: 'upgrade',
    stages: UPGRADE,
    change: (tree) => tree.replace('head', 'compose.yml', SERVICE, "$1    command: ['sh', '-c', 'exit 7']\n"),
    strike: nothing,
    expect: { verdict: 'failed', code: 'E_CRASH_LOOP' },
  }),
  faultCase({
    platform: 'swarm',
    fault: 'secret in an error message',
    place: 'upgrade',
    recipe: 'notes-postgres',
    stages: UPGRADE,
    change: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        '    image: coopcloud/notes:1.1.0\n',
        `    image: coopcloud/notes:1.1.0\n    entrypoint: ['sh', '-c', 'cat /run/secrets/db_password >&2; exit 3']\n`,
      ),
    strike: nothing,
    expect: { verdict: 'failed', code: 'E_CRASH_LOOP' },
  }),
  faultCase({
    platform: 'swarm',
    fault: '5 MB of error output',
    place: 'backup hook',
    recipe: 'notes-postgres',
    stages: DATA,
    change: (tree) => withHook(tree, "head -c 5000000 /dev/zero | tr '\\\\0' 'e' >&2"),
    strike: nothing,
    expect: { verdict: 'passed' },
  }),
  faultCase({
    platform: 'swarm',
    fault: 'task rejected',
    place: 'upgrade',
    recipe: 'greeter',
    stages: UPGRADE,
    change: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        '    deploy:\n',
        "    deploy:\n      placement:\n        constraints:\n          - 'node.platform.os == windows'\n",
      ),
    strike: nothing,
    expect: { verdict: 'failed', code: 'E_TASK_REJECTED' },
  }),
  faultCase({
    platform: 'swarm',
    fault: 'hook that hangs',
    place: 'backup, until the deadline',
    recipe: 'notes-postgres',
    stages: DATA,
    change: (tree) => withHook(tree, '[ "$1" = backup ] && sleep 100000'),
    input: { deadlineMs: 60_000 },
    strike: nothing,
    expect: { verdict: 'errored', code: 'E_DEADLINE' },
  }),
  faultCase({
    platform: 'swarm',
    fault: 'data lost by the change',
    place: 'upgrade',
    stages: UPGRADE,
    change: (tree) => {
      tree.replace('head', 'compose.yml', /\bcontent:/g, 'pages:');
    },
    strike: nothing,
    expect: { verdict: 'failed', code: 'E_DATA_LOST' },
  }),
  faultCase({
    platform: 'swarm',
    fault: 'backup saves nothing',
    place: 'backup',
    recipe: 'notes-postgres',
    stages: DATA,
    change: (tree) => tree.replace('head', 'compose.yml', /^ +backupbot\.restore\.post-hook.*\n/m, ''),
    strike: nothing,
    expect: { verdict: 'failed', code: 'E_RESTORE_LOST' },
  }),
];

async function databaseOf({ lane }: Struck): Promise<string> {
  const label = `label=cc-ci.instance=${lane.instance}`;
  const find = ['ps', '--quiet', '--filter', label, '--filter', 'name=_db\\.', '--filter', 'status=running'];
  return until('the container of the database', 10_000, async () => (await docker(lane.env, find))[0]);
}

/** A container of somebody else that mounts a volume of the run for a while. */
async function holdVolume({ lane }: Struck): Promise<void> {
  const [volume] = await docker(lane.env, [
    'volume',
    'ls',
    '--quiet',
    '--filter',
    `label=cc-ci.instance=${lane.instance}`,
  ]);
  if (volume === undefined) throw new Error('the run has no volume');
  await docker(lane.env, [
    'run',
    '--detach',
    '--rm',
    '--name',
    holderOf(lane),
    '--volume',
    `${volume}:/held`,
    'debian:bookworm-slim',
    'sleep',
    '7',
  ]);
}

/** The same with a network. */
async function holdNetwork({ lane }: Struck): Promise<void> {
  const label = `label=cc-ci.instance=${lane.instance}`;
  const [network] = await docker(lane.env, ['network', 'ls', '--quiet', '--filter', label]);
  if (network === undefined) throw new Error('the run has no network');
  const container = ['--detach', '--rm', '--name', holderOf(lane), '--network', network];
  await docker(lane.env, ['run', ...container, 'debian:bookworm-slim', 'sleep', '7']);
}
const holderOf = ({ instance }: Lane) => `holder-${instance}`;

const CONTAINERS: readonly FaultCase[] = [
  faultCase({
    platform: 'swarm',
    fault: 'container killed',
    at: { activity: 'createBackup', moment: 'middle' },
    recipe: 'notes-postgres',
    stages: DATA,
    change: slowHook,
    strike: async (run) => {
      await docker(run.lane.env, ['kill', await databaseOf(run)]);
    },
    expect: { verdict: 'passed' },
  }),
  faultCase({
    platform: 'swarm',
    fault: 'hook goes on when its worker is killed',
    at: { activity: 'createBackup', moment: 'middle' },
    recipe: 'notes-postgres',
    stages: DATA,
    change: slowHook,
    strike: killWorker,
    takesOver: true,
    expect: { verdict: 'passed' },
  }),
  faultCase({
    platform: 'swarm',
    fault: 'volume in use',
    at: { activity: 'removeEnvironment', moment: 'before' },
    stages: INSTALL,
    strike: holdVolume,
    expect: { verdict: 'passed' },
  }),
  faultCase({
    platform: 'swarm',
    fault: 'network in use',
    at: { activity: 'removeEnvironment', moment: 'before' },
    recipe: 'notes-postgres',
    stages: INSTALL,
    change: (tree) => tree.replace('head', 'compose.yml', /^( {2}internal:\n)/m, '$1    attachable: true\n'),
    strike: holdNetwork,
    expect: { verdict: 'passed' },
  }),
];

export const RECIPES: readonly FaultCase[] = [...REGISTRIES, ...HEADS, ...CONTAINERS];
