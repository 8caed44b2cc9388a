import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { ROOT } from '../../../client/config.ts';
import type { FaultCase, Struck } from '../case.ts';
import { isAlive, signal } from '../processes.ts';
import { until } from '../until.ts';
import { DATA, faultCase, INSTALL, UPGRADE } from './build.ts';

const identitySchema = z.object({ pid: z.number().int() });

function daemonPid(): number {
  const file = join(ROOT, '.cc-ci', 'pids', 'dockerd.json');
  return identitySchema.parse(JSON.parse(readFileSync(file, 'utf8'))).pid;
}

/** Ends the daemon with its containers, and has setup start it again, the ingress with it. */
async function restartDaemon(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const pid = daemonPid();
  signal(pid, how);
  await until('the daemon is gone', 30_000, () => !isAlive(pid) || undefined);
  await startDaemon();
}

async function startDaemon(): Promise<void> {
  await execa('node', [join(ROOT, 'setup', 'main.mjs'), 'ensure'], { timeout: 240_000 });
}

/** Server, supervisor, workers and daemon die at once; the daemon is there again first, as after a boot. */
async function powerCut({ lane }: Struck): Promise<void> {
  lane.temporal.kill();
  await Promise.all([lane.killWorkers(), restartDaemon('SIGKILL')]);
  await lane.temporal.restart();
  await lane.startWorkers();
}

const AT = [
  ['deployApp', INSTALL],
  ['awaitConverged', INSTALL],
  ['upgradeApp', UPGRADE],
  ['createBackup', DATA],
  ['restoreBackup', DATA],
  ['removeEnvironment', INSTALL],
] as const;

export const DAEMON: readonly FaultCase[] = AT.flatMap(([activity, stages]) => {
  const common = { platform: 'swarm', at: { activity, moment: 'middle' }, stages, alone: true } as const;
  return [
    faultCase({ ...common, fault: 'daemon restarted', strike: () => restartDaemon('SIGTERM') }),
    faultCase({ ...common, fault: 'power cut', strike: powerCut }),
  ];
});
