import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { LogSource } from './sources.ts';

export interface LogLine {
  /** Name of the stage or service. */
  readonly source: string;
  readonly line: string;
}

const CHUNK = 1024 * 1024;
const NEWLINE = 0x0a;

/** Reads files that grow, whole lines only. */
export class Tail {
  private readonly offsets = new Map<string, number>();

  /**
   * What has come since the last call, by time where lines begin with one.
   * @param final also what has no end of line
   */
  read(sources: readonly LogSource[], final: boolean): LogLine[] {
    const found = sources.flatMap((source) => {
      let time = '';
      return this.linesOf(source, final).map((line) => {
        // Service logs have nanoseconds, and a line of an error without a time belongs to the line before it.
        time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}/.exec(line)?.[0] ?? time;
        return { source: source.name, line, time };
      });
    });
    return found
      .toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
      .map(({ source, line }) => ({ source, line }));
  }

  private linesOf({ path }: LogSource, final: boolean): string[] {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch {
      // Removed by retention meanwhile.
      return [];
    }
    try {
      const { size } = fstatSync(file);
      // A file that has shrunk was written anew, redacted: what it held before was shown.
      let offset = Math.min(this.offsets.get(path) ?? 0, size);
      const parts: Buffer[] = [];
      while (offset < size) {
        const chunk = Buffer.alloc(Math.min(CHUNK, size - offset));
        const count = readSync(file, chunk, 0, chunk.length, offset);
        if (count === 0) break;
        parts.push(chunk.subarray(0, count));
        offset += count;
      }
      const bytes = Buffer.concat(parts);
      const end = final ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
      this.offsets.set(path, offset - (bytes.length - end));
      const text = bytes.subarray(0, end).toString('utf8');
      return text === '' ? [] : text.replace(/\n$/, '').split('\n');
    } finally {
      closeSync(file);
    }
  }
}
