import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogFile } from './facts.ts';

/** Of one log, in bytes; a third of it from its start. */
export const LOG_LIMIT = 256 * 1024;
/** Of all logs of a run together. */
export const LOGS_LIMIT = 2 * 1024 * 1024;
/** What a log gets at least, when others have used up the room: its last lines. */
const LEAST = 8 * 1024;

/** Phases before and after the stages, in the order in which a run has them. */
const ORDER = ['prepare', 'images', 'lint', 'install', 'upgrade', 'backup', 'restore', 'custom'];

interface Found {
  readonly name: string;
  readonly path: string;
  readonly stage?: string;
  readonly size: number;
}

/**
 * The logs of a run in the order of its stages, then those of its services. The stage that is given comes first where
 * there is not room for all. Of a run id that was used before, what is older than the run is left out.
 */
export async function gatherLogs(folder: string, startedAt: string, first?: string): Promise<LogFile[]> {
  const found = await list(folder, Date.parse(startedAt));
  const served = [...found].sort((a, b) => Number(b.stage === first) - Number(a.stage === first));
  const logs = new Map<Found, LogFile>();
  let room = LOGS_LIMIT;
  for (const file of served) {
    const limit = Math.max(LEAST, Math.min(LOG_LIMIT, room));
    room -= Math.min(limit, file.size);
    logs.set(file, await read(file, limit, startedAt));
  }
  return found.flatMap((file) => logs.get(file) ?? []).filter(({ lines }) => lines.length > 0);
}

async function list(folder: string, startedMs: number): Promise<Found[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.log'))
      .map(async (name) => {
        const path = join(folder, name);
        const { size, mtimeMs } = await stat(path);
        const stage = name.includes('/') ? {} : { stage: name.slice(0, -'.log'.length) };
        return { name, path, size, mtimeMs, ...stage };
      }),
  );
  return found
    .filter(({ size, mtimeMs }) => size > 0 && mtimeMs >= startedMs)
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

function rank({ stage }: { readonly stage?: string }): number {
  if (stage === undefined) return ORDER.length + 1;
  const place = ORDER.indexOf(stage);
  return place < 0 ? ORDER.length : place;
}

async function read(file: Found, limit: number, startedAt: string): Promise<LogFile> {
  const { name, path } = file;
  const handle = await open(path);
  try {
    const part = async (from: number, bytes: number) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, from);
      return buffer.subarray(0, bytesRead).toString('utf8');
    };
    const stage = file.stage === undefined ? {} : { stage: file.stage };
    const ofRun = (lines: string[]) => (file.stage === undefined ? lines : since(lines, startedAt));
    if (file.size <= limit) {
      return { name, ...stage, lines: ofRun(linesOf(await part(0, file.size))) };
    }
    const start = Math.floor(limit / 3);
    // Whole lines only: neither the end of the first part nor the start of the second is one.
    const head = ofRun(linesOf(await part(0, start)).slice(0, -1));
    const tail = linesOf(await part(file.size - (limit - start), limit - start)).slice(1);
    const cut = { bytes: file.size - limit, beforeLine: head.length };
    return { name, ...stage, lines: [...head, ...ofRun(tail)], cut };
  } finally {
    await handle.close();
  }
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Lines begin with their time; an earlier run of the same id wrote into the same file. */
function since(lines: readonly string[], startedAt: string): string[] {
  const first = lines.findIndex(
    (line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z/.test(line) && line.slice(0, 24) >= startedAt,
  );
  return first < 0 ? [] : lines.slice(first);
}
