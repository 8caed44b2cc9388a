import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Check } from '../../../client/doctor/check.ts';
import { runChecks, type CheckReport } from '../../../client/doctor/run-checks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Runs one check as the verb does, with only these variables. */
export async function look(
  check: Check,
  environment: Readonly<Record<string, string>>,
): Promise<CheckReport> {
  const [report] = await runChecks([check], environment, new AbortController().signal);
  if (!report) throw new Error('there is no report');
  return report;
}

/** A program that is this shell script. */
export function program(script: string, name = 'program'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

export interface FakeDaemon extends AsyncDisposable {
  readonly environment: { readonly CCI_DOCKER_HOST: string };
}

/** A Docker daemon on a socket that answers these paths, without their query, with JSON. */
export async function startFakeDaemon(answers: Readonly<Record<string, unknown>>): Promise<FakeDaemon> {
  const socket = join(temporaryFolder(), 'docker.sock');
  const server = createServer((request, response) => {
    const answer = answers[(request.url ?? '').split('?')[0] ?? ''];
    response.writeHead(answer === undefined ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { message: 'not today' }));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    environment: { CCI_DOCKER_HOST: `unix://${socket}` },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
