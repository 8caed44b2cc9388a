import { dirname } from 'node:path';
import type { MarkerTools } from '../../../activities/support/markers/marker-tools.ts';
import type { ServiceFacts } from '../../../activities/platform/port.ts';
import type { CommandResult } from '../../../activities/support/run-command.ts';
import type { App } from '../../../domain/plan.ts';
import type { RecipeMarker } from '../../../domain/recipe-context.ts';

const APP: App = {
  role: 'app',
  recipe: 'site',
  source: '/',
  domain: 'site-0a1b2c.ci.test',
  stack: 'site-0a1b2c_ci_test',
};
export const SECRET = 'correct-horse-battery-staple';

export interface FakeApp {
  facts: ServiceFacts[];
  /** Files in the volumes of the app by path. */
  readonly files: Map<string, string>;
  /** Why a file cannot be written, by its folder (`.` for the root). */
  readonly refusals: Readonly<Record<string, Error>>;
  exec: (service: string, argv: readonly string[], input: string) => CommandResult;
  recipeMarker: RecipeMarker | undefined;
  /** Bound on all attempts together, in ms. */
  readonly boundMs: number;
}

/** An app in memory, with what it was asked and what was logged. */
export function fakeTools(change: Partial<FakeApp> = {}) {
  const app: FakeApp = {
    facts: [facts('app', 'nginx:1.29.0', { content: '/usr/share/nginx/html' })],
    files: new Map(),
    refusals: {},
    exec: () => ({ exitCode: 0, stdout: '', stderr: '' }),
    recipeMarker: undefined,
    // Short, for what never heals.
    boundMs: 40,
    ...change,
  };
  const logged: string[] = [];
  const tools: MarkerTools = {
    platform: {
      serviceFacts: async () => app.facts,
      exec: async (_operation, _app, service, argv, { input = '' }) => app.exec(service, argv, input),
      writeVolumeFile: async (_operation, _app, { path }, content) => {
        const refusal = app.refusals[dirname(path)];
        if (refusal) throw refusal;
        app.files.set(path, content);
      },
      readVolumeFile: async (_operation, _app, path) => app.files.get(path),
      removeVolumeFile: async (_operation, _app, path) => void app.files.delete(path),
    },
    operation: {
      environment: {
        id: '0a6f4a52-92c9-4e0f-8d35-0d7f5b2a9a01',
        runId: 'r',
        instance: 'i',
        host: 'h',
        apps: [APP],
      },
      run: () => Promise.reject(new Error('nothing is to be run')),
      signal: new AbortController().signal,
      log: (line) => void logged.push(line),
      hide: () => undefined,
      redact: (text) => text.replaceAll(SECRET, '[redacted]'),
      progress: () => undefined,
    },
    app: APP,
    recipeMarker: app.recipeMarker,
    recipeContext: (marker) => ({
      domain: APP.domain,
      marker,
      seed: 'ci-1234',
      http: () => Promise.reject(new Error('no network')),
      exec: () => Promise.reject(new Error('no container')),
      deps: {},
      secret: () => Promise.reject(new Error('no secret')),
      log: () => undefined,
    }),
    patience: { seedMs: app.boundMs, checkMs: app.boundMs, writableMs: app.boundMs, pauseMs: 5 },
  };
  return { tools, app, logged };
}

/**
 * The client in a database server: lists databases, or answers for each that it is called with. A number is the exit
 * code that it ends with there.
 */
export function fakeClient(databases: Readonly<Record<string, string | readonly [number, string]>>) {
  return (_service: string, argv: readonly string[], input: string): CommandResult => {
    const names = Object.keys(databases);
    if (/pg_database|schemata/.test(input))
      return { exitCode: 0, stdout: `${names.join('\n')}\n`, stderr: '' };
    const parts = argv.slice(5).map((name) => {
      const answer = databases[name] ?? '';
      const [code, text] = typeof answer === 'string' ? ([0, answer] as const) : answer;
      return `database ${name}\n${text}\nended ${code}\n`;
    });
    return { exitCode: 0, stdout: parts.join(''), stderr: '' };
  };
}

export function facts(
  service: string,
  image: string,
  volumes: Readonly<Record<string, string>> = {},
  labels: Readonly<Record<string, string>> = { 'backupbot.backup': 'true' },
): ServiceFacts {
  const mounts = Object.entries(volumes);
  return {
    service,
    image,
    labels,
    volumes: mounts.map(([volume, target]) => ({
      volume,
      volumeName: `${APP.stack}_${volume}`,
      target,
      readOnly: false,
    })),
    updateOrder: 'stop-first',
  };
}
