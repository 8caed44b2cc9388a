import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostPaths } from '../../../activities/support/paths.ts';
import { findReport, reportPath } from '../../../client/find-report.ts';
import { clientConfigSchema } from '../../../domain/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function bench() {
  const data = temporaryFolder();
  const config = clientConfigSchema.parse({
    CCI_INSTANCE: '0a1b2c3d',
    CCI_HOST: 'test',
    CCI_DATA: data,
    CCI_ZONE: 'ci.test',
    CCI_TEMPORAL_ADDRESS: '127.0.0.1:7233',
    CCI_TEMPORAL_NAMESPACE: 'default',
    CCI_KEYS_FILE: '/keys.json',
    CCI_TEMPORAL_UI: 'http://127.0.0.1:8233',
    CCI_CODEC_PORT: '8081',
  });
  const write = (runId: string, at: string) => {
    const path = hostPaths(data).report(runId);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    utimesSync(path, new Date(at), new Date(at));
    return path;
  };
  return { config, data, write };
}

describe('the report that is asked for', () => {
  it('lies where the worker writes it', () => {
    const { config, data } = bench();
    expect(reportPath(config, 'run-a')).toBe(hostPaths(data).report('run-a'));
  });

  it('is that of the run named, or the one written last', () => {
    const { config, write } = bench();
    const older = write('run-a', '2026-01-01T00:00:00Z');
    const newer = write('run-b', '2026-01-02T00:00:00Z');
    write('run-c', '2025-12-01T00:00:00Z');
    expect(findReport(config, 'run-a')).toEqual({ runId: 'run-a', path: older });
    expect(findReport(config, undefined)).toEqual({ runId: 'run-b', path: newer });
  });

  it('is refused with the reason when there is none', () => {
    const { config, data } = bench();
    expect(() => findReport(config, undefined)).toThrow('there is no report on this host yet');
    mkdirSync(hostPaths(data).run('run-a'), { recursive: true });
    expect(() => findReport(config, 'run-a')).toThrow('run-a has no report yet');
    expect(() => findReport(config, 'run-b')).toThrow('there is no run "run-b" on this host');
    expect(() => findReport(config, '../run-a')).toThrow('"../run-a" is not the id of a run');
    expect(() => findReport(config, undefined)).toThrow('there is no report on this host yet');
  });
});
