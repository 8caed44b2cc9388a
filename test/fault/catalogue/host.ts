import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { ROOT } from '../../../client/config.ts';
import type { RunInput } from '../../../domain/plan.ts';
import { STAGES } from '../../../domain/stages.ts';
import type { FaultCase, Struck } from '../case.ts';
import { FAKETIME } from '../fake-app.ts';
import type { Lane } from '../lane.ts';
import { attemptsOf } from '../recovery.ts';
import { DATA, faultCase, INSTALL, slowed, UPGRADE, withHook } from './build.ts';

const clockFile = ({ folder }: Lane) => join(folder, 'clock');

/** The clock of the workers jumps; that of the machine does not. */
function clockJump(place: 'deployApp' | 'createBackup', jump: string): FaultCase {
  const [method, stages] =
    place === 'deployApp' ? (['deploy', INSTALL] as const) : (['createBackup', DATA] as const);
  return faultCase({
    platform: 'dummy',
    fault: `clock of the workers jumps by ${jump}`,
    at: { activity: place, moment: 'before' },
    stages,
    steps: slowed(method),
    prepare: async (lane) => {
      writeFileSync(clockFile(lane), '+0');
      await lane.killWorkers();
      await lane.startWorkers({
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: clockFile(lane),
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      });
    },
    strike: ({ lane }) => {
      writeFileSync(clockFile(lane), jump);
      return Promise.resolve();
    },
    after: async (lane) => {
      await lane.killWorkers();
      await lane.startWorkers();
    },
  });
}

const DISK_BYTES = 16 * 1024 * 1024;
const FULL_MS = 6_000;

/** The file system of the artefacts has no room for a while. */
function diskFull(activity: string, stages: FaultCase['stages']): FaultCase {
  const runs = (lane: Lane) => join(lane.env['CCI_DATA'] ?? '', 'runs');
  return faultCase({
    platform: 'dummy',
    fault: 'disk full',
    at: { activity, moment: 'before' },
    stages,
    prepare: async (lane) => {
      await mkdir(runs(lane), { recursive: true });
      await execa('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'cc-ci-fault', runs(lane)]);
    },
    strike: async ({ lane }) => {
      const filler = join(runs(lane), 'filler');
      const { bavail, bsize } = statfsSync(runs(lane));
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
      // Meanwhile the run goes on, as far as it can.
      const emptied = delay(FULL_MS).then(() => rmSync(filler));
      void emptied;
      return Promise.resolve();
    },
    after: async (lane) => {
      await execa('umount', [runs(lane)]);
    },
  });
}

/** The command line that a person has started, which follows the run. */
function clientKilled(activity: 'deployApp' | 'upgradeApp', stages: FaultCase['stages']): FaultCase {
  let client: ChildProcess | undefined;
  return faultCase({
    platform: 'swarm',
    fault: 'command line killed',
    at: { activity, moment: 'middle' },
    stages,
    start: (lane: Lane, input: RunInput) => {
      const argv = ['run', input.recipe, '--source', input.source, '--stages', input.stages.join(',')];
      client = spawn(process.execPath, [join(ROOT, 'bin', 'cc-ci'), ...argv], {
        env: lane.env,
        stdio: 'ignore',
      });
      return Promise.resolve();
    },
    strike: () => {
      if (client?.exitCode !== null || !client.kill('SIGKILL'))
        throw new Error('the command line had ended before');
      return Promise.resolve();
    },
  });
}

/** Two minutes of work for a run, during which somebody else uses the machine. */
function busyHost(): FaultCase {
  let scratch = '';
  const others: ChildProcess[] = [];
  return faultCase({
    platform: 'swarm',
    fault: 'busy host',
    place: 'whole run beside a Go build and a browser',
    recipe: 'notes-postgres',
    stages: STAGES,
    alone: true,
    change: (tree) => withHook(tree, '[ "$1" = backup ] && sleep 75'),
    prepare: async (lane) => {
      scratch = await mkdtemp(join(tmpdir(), 'cc-ci-busy-'));
      await cp(join(ROOT, 'setup', 'go', 'stack-render'), join(scratch, 'go'), { recursive: true });
      const build = 'while :; do go build -a -o /dev/null . || exit 1; done';
      const { PATH = '', HOME = '' } = process.env;
      others.push(
        spawn('sh', ['-c', build], {
          cwd: join(scratch, 'go'),
          env: { PATH, HOME },
          stdio: 'ignore',
          detached: true,
        }),
      );
      const uid = Number(lane.env['CCI_SPEC_UID']);
      const profile = join(scratch, 'profile');
      await mkdir(profile);
      await execa('chown', ['-R', String(uid), scratch]);
      const page = 'data:text/html,<script>for (;;) Math.sqrt(Math.random())</script>';
      const browser = [
        `--user-data-dir=${profile}`,
        '--headless',
        '--disable-gpu',
        '--remote-debugging-port=0',
        page,
      ];
      others.push(
        spawn(lane.env['CCI_BROWSER'] ?? '', browser, {
          uid,
          gid: Number(lane.env['CCI_SPEC_GID']),
          env: { PATH, HOME: profile },
          stdio: 'ignore',
          detached: true,
        }),
      );
    },
    strike: () => Promise.resolve(),
    check: async ({ client, runId }: Struck, results) => {
      const ended = others.filter(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
      const attempts = await attemptsOf(client, runId);
      return [
        ...(ended.length > 0 ? ['the other work has ended before the run'] : []),
        ...(results.durationMs < 120_000 ? [`the run took only ${results.durationMs / 1000} s`] : []),
        ...(attempts.every((attempt) => attempt === 1)
          ? []
          : [`attempts of activities: ${attempts.join(' ')}`]),
      ];
    },
    after: async () => {
      for (const { pid } of others.splice(0)) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
      await rm(scratch, { recursive: true, force: true });
    },
  });
}

export const HOST: readonly FaultCase[] = [
  clockJump('deployApp', '+3600s'),
  clockJump('createBackup', '-3600s'),
  diskFull('deployApp', INSTALL),
  diskFull('writeResults', INSTALL),
  clientKilled('deployApp', INSTALL),
  clientKilled('upgradeApp', UPGRADE),
  busyHost(),
];
