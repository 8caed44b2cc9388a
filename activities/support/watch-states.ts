import type { App } from '../../domain/plan.ts';
import type { Platform } from '../platform/port.ts';
import { appendLine } from './json-lines.ts';

const EVERY_MS = 4000;

/**
 * Samples the services of an app while `body` runs, at its start and at its end: a line of JSON in `path` for each look
 * (spec H-24). Evidence only: a look that fails is a line too, and never fails the body.
 */
export async function watchStates<T>(
  {
    platform,
    app,
    path,
    stage,
    redact,
  }: {
    readonly platform: Pick<Platform, 'serviceStates'>;
    readonly app: App;
    readonly path: string;
    readonly stage: string;
    readonly redact: (text: string) => string;
  },
  body: () => Promise<T>,
  everyMs = EVERY_MS,
): Promise<T> {
  const look = async () => {
    const at = new Date().toISOString();
    const seen = await platform.serviceStates(app).then(
      (services) => ({ services }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    write(path, { at, stage, app: app.domain, ...seen }, redact);
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, everyMs);
  try {
    return await body();
  } finally {
    clearInterval(timer);
    await looking.then(look);
  }
}

function write(path: string, line: object, redact: (text: string) => string): void {
  try {
    // Before it is written as JSON: a secret with a quote in it would not be recognised afterwards.
    appendLine(path, line, (_key, value) => (typeof value === 'string' ? redact(value) : value));
  } catch {
    // A full disk is told by what the operation itself writes.
  }
}
