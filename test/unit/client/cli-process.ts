import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LAUNCHER = join(import.meta.dirname, '..', '..', '..', 'bin', 'cc-ci');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real command line without a stack, and told not to start one. */
export function runCli(
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>>; launcher?: string },
): Promise<Outcome> {
  const env = { PATH: process.env['PATH'] ?? '', CCI_INSIDE_EXEC: '1', ...options.env };
  return new Promise((resolve) => {
    // By its first line: whatever `node` comes first on the PATH.
    execFile(options.launcher ?? LAUNCHER, [...args], { env, cwd: options.cwd }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** Variables of an installation whose server is down; its key file is written to the folder. */
export function configurationIn(folder: string): Record<string, string> {
  const keys = join(folder, 'keys.json');
  const key = Buffer.alloc(32, 1).toString('base64');
  writeFileSync(keys, JSON.stringify({ active: 'k1', keys: { k1: key } }), { mode: 0o600 });
  return {
    CCI_INSTANCE: '0a1b2c3d',
    CCI_HOST: 'local',
    CCI_DATA: join(folder, 'data'),
    CCI_ZONE: 'ci.test',
    CCI_TEMPORAL_ADDRESS: '127.0.0.1:1',
    CCI_TEMPORAL_NAMESPACE: 'default',
    CCI_KEYS_FILE: keys,
    CCI_TEMPORAL_UI: 'http://127.0.0.1:2',
    CCI_CODEC_PORT: '3',
  };
}
