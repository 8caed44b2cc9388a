import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostPaths } from '../../../activities/support/paths.ts';
import { gatherFacts, PICTURE_LIMIT } from '../../../activities/support/report/gather-facts.ts';
import { LOG_LIMIT, LOGS_LIMIT } from '../../../activities/support/report/gather-logs.ts';
import { sampleResults, sampleStage } from '../support/sample-results.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const RESULTS = sampleResults({ stages: [sampleStage('lint'), sampleStage('install', { status: 'fail' })] });
const RUN = RESULTS.runId;
const AT = '2026-01-02T03:04:06.000Z';

function bench() {
  const paths = hostPaths(temporaryFolder());
  return {
    paths,
    gather: () => gatherFacts(paths, RESULTS),
    put: async (path: string, content: string | Buffer) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    },
  };
}

describe('what the report of a run is made of', () => {
  it('is the results alone when the folder has nothing', async () => {
    const facts = await bench().gather();
    expect(facts).toMatchObject({ results: RESULTS, plan: undefined, waits: [], samples: [], logs: [] });
  });

  it('has logs in the order of the stages, then those of the services, each with its lines', async () => {
    const { paths, put, gather } = bench();
    for (const stage of ['teardown', 'custom', 'install'])
      await put(paths.stageLog(RUN, stage), `${AT} ${stage}\n`);
    await put(join(paths.serviceLogs(RUN, RESULTS.environmentId!), 'app.log'), 'ready\n\nserving');
    await put(join(paths.serviceLogs(RUN, RESULTS.environmentId!), 'app.tasks.json'), '{}');
    const { logs } = await gather();
    expect(logs).toEqual([
      ...['install', 'custom', 'teardown'].map((stage) => ({
        name: `${stage}.log`,
        stage,
        lines: [`${AT} ${stage}`],
      })),
      { name: 'services/0a1b2c3d/app.log', lines: ['ready', '', 'serving'] },
    ]);
  });

  it('leaves out what an earlier run of the same id has left behind', async () => {
    const { paths, put, gather } = bench();
    const old = '2026-01-02T03:00:00.000Z';
    await put(paths.stageLog(RUN, 'install'), `${old} before\nof it\n${AT} now\nmore\n`);
    await put(
      paths.timeline(RUN),
      [old, AT].map((at) => JSON.stringify({ at, stage: 'install', waitingFor: at })).join('\n'),
    );
    const service = join(paths.serviceLogs(RUN, 'ffffffff-0000'), 'app.log');
    await put(service, 'of another environment');
    await utimes(service, new Date(old), new Date(old));
    const { logs, waits } = await gather();
    expect(logs).toEqual([{ name: 'install.log', stage: 'install', lines: [`${AT} now`, 'more'] }]);
    expect(waits.map(({ at }) => at)).toEqual([AT]);
  });

  it('keeps of a large log its first and last whole lines and says how much is missing', async () => {
    const { paths, put, gather } = bench();
    const lines = Array.from({ length: 20_000 }, (_, index) => `${AT} line ${index}`);
    const content = `${lines.join('\n')}\n`;
    await put(paths.stageLog(RUN, 'install'), content);
    const {
      logs: [log],
    } = await gather();
    expect(log?.lines[0]).toBe(lines[0]);
    expect(log?.lines.at(-1)).toBe(lines.at(-1));
    const whole = new Set(lines);
    expect(log?.lines.filter((line) => !whole.has(line))).toEqual([]);
    expect(log?.cut?.bytes).toBe(content.length - LOG_LIMIT);
    expect(log?.lines[log.cut!.beforeLine - 1]).not.toBe(lines.at(-1));
    expect(log?.lines.join('\n').length).toBeLessThanOrEqual(LOG_LIMIT);
  });

  it('gives the stage that failed its room before the others, which keep at least their end', async () => {
    const { paths, put, gather } = bench();
    const line = `${AT} ${'x'.repeat(99)}\n`;
    const large = line.repeat(Math.ceil(LOG_LIMIT / line.length));
    for (let index = 0; index < 12; index += 1) {
      await put(paths.stageLog(RUN, `a-${index}`), `${large}${AT} end of ${index}\n`);
    }
    await put(paths.stageLog(RUN, 'install'), large.slice(0, -line.length));
    const { logs } = await gather();
    const bytes = logs.reduce((sum, { lines }) => sum + lines.join('\n').length + 1, 0);
    expect(bytes).toBeLessThan(LOGS_LIMIT + 12 * 8 * 1024);
    expect(logs.find(({ stage }) => stage === 'install')).not.toHaveProperty('cut');
    expect(logs.map(({ lines }) => lines.at(-1)).filter((last) => last?.includes('end of'))).toHaveLength(12);
  });

  it('has the pictures that are pictures and not too large, and the names of the rest', async () => {
    const { paths, put, gather } = bench();
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('image')]);
    await put(join(paths.screenshots(RUN), 'install-1-a.png'), png);
    await put(join(paths.screenshots(RUN), 'install-2-b.png'), '<svg onload="alert(1)"/>');
    await put(
      join(paths.screenshots(RUN), 'install-10-c.png'),
      Buffer.concat([png, Buffer.alloc(PICTURE_LIMIT)]),
    );
    await put(join(paths.traces(RUN), 'install-1-a.zip'), 'zip');
    const facts = await gather();
    expect(facts.screenshots).toEqual([
      { name: 'install-1-a.png', content: png.toString('base64') },
      { name: 'install-2-b.png' },
      { name: 'install-10-c.png' },
    ]);
    expect(facts.traces).toEqual(['install-1-a.zip']);
  });

  it('has requests and backups of the last environment only', async () => {
    const { paths, put, gather } = bench();
    const sample = (environment: string, at: number) =>
      JSON.stringify({ environment, at, tookMs: 5, ok: true });
    await put(
      paths.downtime(RUN),
      [
        sample(RESULTS.environmentId!, 2),
        sample('other', 3),
        sample(RESULTS.environmentId!, 1),
        '{"cut',
      ].join('\n'),
    );
    const backup = { at: AT, app: 'app', attempt: 1, files: 1, bytes: 2, faults: ['no dump'] };
    await put(
      paths.backupAttempts(RUN),
      ['other', RESULTS.environmentId]
        .map((environment) => JSON.stringify({ ...backup, environment }))
        .join('\n'),
    );
    const { samples, backups } = await gather();
    expect(samples.map(({ at }) => at)).toEqual([1, 2]);
    expect(backups).toMatchObject([{ environment: RESULTS.environmentId, faults: ['no dump'] }]);
  });
});
