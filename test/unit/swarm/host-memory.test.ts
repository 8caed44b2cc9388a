import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostMemory, readGroupMemory } from '../../../activities/platform/swarm/host-memory.ts';
import { createSwarmContext } from '../../../activities/platform/swarm/swarm-context.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { parseMemInfo } from '../../../domain/memory.ts';
import { testConfig } from '../activities/test-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function groups(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${text}\n`);
  }
  return root;
}

describe('the control group of a machine', () => {
  it('tells its memory in version 2', async () => {
    const root = groups({
      'memory.max': '4194304000',
      'memory.current': '1000',
      'memory.stat': 'anon 1\ninactive_file 300\nactive_file 5',
    });
    expect(await readGroupMemory(root)).toEqual({
      limitBytes: 4_194_304_000,
      usedBytes: 1000,
      droppableBytes: 300,
    });
  });

  it('tells its memory in version 1, with that of the groups below', async () => {
    const root = groups({
      'memory/memory.limit_in_bytes': '4194304000',
      'memory/memory.usage_in_bytes': '1000',
      'memory/memory.stat': 'inactive_file 1\ntotal_inactive_file 300',
    });
    expect(await readGroupMemory(root)).toMatchObject({ limitBytes: 4_194_304_000, droppableBytes: 300 });
  });

  it('has none without a limit, and none that cannot be read', async () => {
    expect(await readGroupMemory(groups({ 'memory.max': 'max', 'memory.current': '1000' }))).toBeUndefined();
    expect(await readGroupMemory(groups({}))).toBeUndefined();
  });
});

describe('the memory of the host of the daemon', () => {
  const total = parseMemInfo(readFileSync('/proc/meminfo', 'utf8'))?.totalBytes ?? 0;
  function memoryWith(daemonBytes: number) {
    const data = temporaryFolder();
    const context = createSwarmContext(testConfig(data), hostPaths(data));
    return hostMemory({
      ...context,
      docker: { ...context.docker, totalMemory: () => Promise.resolve(daemonBytes) },
    });
  }

  it('is measured where the daemon has the same [R-73, F-71]', async () => {
    const seen = await memoryWith(total);
    expect(seen?.totalBytes).toBe(total);
    expect(seen?.availableBytes).toBeGreaterThan(0);
    expect(seen?.availableBytes).toBeLessThan(total);
  });

  it('is not known of a daemon that has another', async () => {
    expect(await memoryWith(total - 1)).toBeUndefined();
  });
});
