import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveRef } from '../../../client/resolve-ref.ts';
import type { Source } from '../../../client/source.ts';
import { makeTrunkRepository, type TrunkRepository } from '../support/trunk-repository.ts';

const ENVIRONMENT = { PATH: process.env['PATH'], no_proxy: '127.0.0.1' };

describe('resolving a reference of a repository behind a URL', () => {
  let folder: string;
  let server: Server;
  let source: Source;
  let first: string;
  let second: string;

  let git: TrunkRepository['git'];

  beforeAll(async () => {
    ({ folder, git, first, second } = makeTrunkRepository());
    // git's "dumb" protocol: plain files.
    git('update-server-info');
    server = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? '/', 'http://x').pathname);
      if (path === '/empty.git/info/refs') return response.end();
      try {
        return response.end(readFileSync(join(folder, '.git', path.replace('/sample.git', ''))));
      } catch {
        return response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    source = { kind: 'url', location: `http://127.0.0.1:${port}/sample.git` };
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  it('pins a branch, and a tag to its commit', async () => {
    expect((await resolveRef(source, 'trunk', ENVIRONMENT)).commit).toBe(second);
    expect((await resolveRef(source, '1.0.0+2.3.4', ENVIRONMENT)).commit).toBe(first);
  });

  it('completes an abbreviation only when it is a tip', async () => {
    expect((await resolveRef(source, second.slice(0, 8), ENVIRONMENT)).commit).toBe(second);
    await expect(resolveRef(source, 'abcdef01', ENVIRONMENT)).rejects.toMatchObject({ exitCode: 2 });
  });

  it('says that a repository has no commits, as wrong usage', async () => {
    const empty: Source = { kind: 'url', location: source.location.replace('sample', 'empty') };
    for (const ref of [undefined, 'trunk']) {
      await expect(resolveRef(empty, ref, ENVIRONMENT)).rejects.toMatchObject({
        message: `E_REF: the repository ${empty.location} has no commits`,
        remedy: expect.stringContaining('Push the recipe there') as string,
        exitCode: 2,
      });
    }
  });

  it('says that a repository does not exist, as wrong usage', async () => {
    const none: Source = { kind: 'url', location: source.location.replace('sample', 'other') };
    await expect(resolveRef(none, 'trunk', ENVIRONMENT)).rejects.toMatchObject({ exitCode: 2 });
  });
});
