// Writes the files that come over standard input, as JSON `{"<path>": "<text>"}`, below the work folder.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = '/work';
/** @type {Record<string, string>} */
const files = JSON.parse(readFileSync(0, 'utf8'));
for (const [name, text] of Object.entries(files)) {
  const file = path.join(ROOT, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
symlinkSync('/cc-ci/node_modules', path.join(ROOT, 'node_modules'));
mkdirSync(path.join(ROOT, 'out'));
