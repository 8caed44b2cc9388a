import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';

/** The Temporal server that setup built for this clone. */
export function temporalExecutable(): string {
  const file = fileURLToPath(new URL('../../.cc-ci/host.env', import.meta.url));
  const path = process.env['CCI_TEMPORAL_BIN'] ?? parseEnv(readFileSync(file, 'utf8'))['CCI_TEMPORAL_BIN'];
  if (path === undefined) throw new Error('no Temporal server: `npm run up` makes one');
  return path;
}
