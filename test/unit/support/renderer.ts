import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createRunner, type RunCommand } from '../../../activities/support/run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The renderer of this machine: named, built by the setup, or the docker client through the same interface. */
export function findRenderer(): string {
  const named = process.env['CCI_RENDERER'];
  if (named) return named;
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cc-ci', 'go');
  const built = existsSync(cache)
    ? readdirSync(cache)
        .filter((name) => name.startsWith('stack-render-'))
        .map((name) => join(cache, name, 'stack-render'))
        .find((path) => existsSync(path))
    : undefined;
  return built ?? dockerAsRenderer();
}

function dockerAsRenderer(): string {
  const docker = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'docker'))
    .find((path) => existsSync(path));
  if (docker === undefined) throw new Error('no renderer: run `npm run up` once, or set CCI_RENDERER');
  const script = join(temporaryFolder(), 'renderer');
  const loop = 'shift 2\nn=$#\nfor file in "$@"; do set -- "$@" -c "$file"; done\nshift "$n"\n';
  writeFileSync(script, `#!/bin/sh\n${loop}exec ${docker} stack config "$@"\n`, { mode: 0o755 });
  return script;
}

/** The real runner, without fence. */
export function plainRunner(): RunCommand {
  return createRunner({
    scratch: temporaryFolder(),
    redact: (text) => text,
    log: () => undefined,
    signal: new AbortController().signal,
  });
}
