import { randomBytes } from 'node:crypto';
import { startRun } from '../../../client/start-run.ts';
import type { FaultCase } from '../case.ts';
import { DATA, faultCase, INSTALL, slowed, UPGRADE } from './build.ts';

const nothing = () => Promise.resolve();
const deploying = { activity: 'deployApp', moment: 'before' } as const;

/** A method of the platform fails once, with a code that infrastructure has. */
function failsOnce(method: string, stages: FaultCase['stages'], message = 'the daemon is away'): FaultCase {
  return faultCase({
    platform: 'dummy',
    fault: message.length > 1000 ? '5 MB of error output' : 'platform fails once',
    place: method,
    stages,
    steps: { [method]: [{ fail: 'E_DOCKER', message, times: 1 }] },
    strike: nothing,
  });
}

export const DUMMIES: readonly FaultCase[] = [
  ...['createApp', 'deploy', 'converged', 'pullImages', 'undeploy', 'removeData', 'removeFiles'].map(
    (method) => failsOnce(method, INSTALL),
  ),
  failsOnce('proveVersion', UPGRADE),
  ...['createBackup', 'restoreBackup', 'writeVolumeFile'].map((method) => failsOnce(method, DATA)),
  failsOnce('deploy', INSTALL, 'e'.repeat(5_000_000)),
  faultCase({
    platform: 'dummy',
    fault: 'an object stays',
    place: 'first pass of the removal',
    stages: INSTALL,
    steps: { removeData: [{ leak: 1, times: 1 }] },
    strike: nothing,
  }),
  faultCase({
    platform: 'dummy',
    fault: 'two triggers for one head',
    at: deploying,
    stages: INSTALL,
    steps: slowed('deploy'),
    strike: async ({ client, input, runId }) => {
      const second = await startRun(client, input);
      if (second.runId !== runId || !second.joined)
        throw new Error('the second trigger started a run of its own');
    },
  }),
  faultCase({
    platform: 'dummy',
    fault: 'two runs of one recipe',
    at: deploying,
    stages: INSTALL,
    steps: slowed('deploy'),
    strike: async ({ client, input }) => {
      const second = await startRun(client, { ...input, head: randomBytes(20).toString('hex') });
      if (second.joined) throw new Error('the second run joined the first');
      const { verdict } = await client.workflow.getHandle(second.runId).result();
      if (verdict !== 'passed') throw new Error(`the second run ended with ${verdict}`);
    },
    expect: { verdict: 'passed', environments: 2 },
  }),
];
