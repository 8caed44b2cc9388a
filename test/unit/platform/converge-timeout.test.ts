import { cpus } from 'node:os';
import { expect, it } from 'vitest';
import { converge } from '../../../activities/platform/swarm/converge.ts';
import { createSwarmContext } from '../../../activities/platform/swarm/swarm-context.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { failureOf } from '../../../domain/failure-signature.ts';
import { testConfig } from '../activities/test-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('tells of a deploy that takes too long how busy the host is, by which no failure is told apart [F-56]', async () => {
  const data = temporaryFolder();
  const context = createSwarmContext(testConfig(data), hostPaths(data));
  const docker = {
    ...context.docker,
    services: () => Promise.resolve([]),
    tasks: () => Promise.resolve([]),
    watch: () => Promise.resolve(),
  };
  const app = { role: 'app', recipe: 'site', source: '/', domain: 'site-0a1b2c.ci.test', stack: 'site' };
  const operation: Operation = {
    environment: { id: 'one', runId: 'run-site', instance: '0a1b2c3d', host: 'test', apps: [app] },
    run: () => Promise.reject(new Error('nothing is run')),
    signal: new AbortController().signal,
    log: () => undefined,
    hide: () => undefined,
    redact: (text) => text,
    progress: () => undefined,
  };
  const failure: unknown = await converge({ ...context, docker }, operation, app, { timeoutMs: 0 }).catch(
    (error: unknown) => error,
  );
  const told = new RegExp(`: after 0 s at a load of (\\d+\\.\\d) on ${cpus().length} processors: no service`);
  const message = failure instanceof Error ? failure.message : '';
  expect(failure).toMatchObject({
    code: 'E_CONVERGE_TIMEOUT',
    message: expect.stringMatching(told) as string,
  });
  const signature = (reason: string) => failureOf({ code: 'E_CONVERGE_TIMEOUT', reason }).signature;
  expect(signature(message.replace(/load of [\d.]+/, 'load of 97.5'))).toBe(signature(message));
});
