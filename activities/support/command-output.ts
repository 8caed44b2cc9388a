import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** What one command may write to the log; the rest is counted. */
const LOG_BYTES = 256 * 1024;
/** A stream of this size is a runaway and would fill the disk. */
const FLOOD_BYTES = 256 * 1024 * 1024;
const LOOK_EVERY_MS = 100;
const CHUNK_BYTES = 64 * 1024;
/** A longer line is handled in pieces of this size, so that memory stays bounded. */
const PIECE_LENGTH = 1024 * 1024;

export interface OutputOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly onLine: (line: string) => void;
  /** Keeps standard output, or standard error, from `onLine`. */
  readonly quiet: boolean;
  readonly quietErrors: boolean;
}

/** Both streams of one command, as files without a name: nothing is left of them, even after a crash. */
export interface Output {
  /** Given to the child as they are: it writes to the files itself, not through this process. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Called once when a stream grows beyond all measure. */
  readonly onFlood: (stop: () => void) => void;
  /** Reads and logs what has not been read: the first bytes of stdout, the last ones of stderr. */
  readonly finish: () => Promise<{ stdout: string; stderr: string }>;
  readonly close: () => Promise<void>;
}

export async function openOutput(options: OutputOptions): Promise<Output> {
  const budget = { left: LOG_BYTES };
  const stdout = await nameless(options.folder);
  const stderr = await nameless(options.folder);
  const followers = [
    ...(options.quiet ? [] : [followLines(stdout, options.onLine, budget)]),
    ...(options.quietErrors ? [] : [followLines(stderr, options.onLine, budget)]),
  ];
  let onFlood: (() => void) | undefined;
  let looking: Promise<void> = Promise.resolve();
  const look = async () => {
    for (const follower of followers) await follower.read();
    const sizes = await Promise.all([stdout.stat(), stderr.stat()]);
    if (sizes.some(({ size }) => size > FLOOD_BYTES)) onFlood?.();
  };
  const timer = setInterval(() => {
    looking = looking.then(look, look);
  }, LOOK_EVERY_MS);
  return {
    stdout: stdout.createWriteStream({ autoClose: false }),
    stderr: stderr.createWriteStream({ autoClose: false }),
    onFlood: (stop) => (onFlood = stop),
    finish: async () => {
      clearInterval(timer);
      await looking.then(look, look);
      for (const follower of followers) follower.end();
      if (budget.left < 0) options.onLine(`… ${-budget.left} more bytes of output are not in this log`);
      return {
        stdout: await readPart(stdout, 'first', options.maxBytes),
        stderr: await readPart(stderr, 'last', options.maxBytes),
      };
    },
    close: async () => {
      clearInterval(timer);
      await looking.catch(() => undefined);
      await Promise.all([stdout.close(), stderr.close()]);
    },
  };
}

async function nameless(folder: string): Promise<FileHandle> {
  const path = join(folder, `output-${randomUUID()}`);
  const handle = await open(path, 'ax+', 0o600);
  await rm(path);
  return handle;
}

/** Calls `onLine` for every complete line that has been added since the last `read`. */
function followLines(handle: FileHandle, onLine: (line: string) => void, budget: { left: number }) {
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let offset = 0;
  let rest = '';
  const emit = (line: string) => {
    const text = line.replace(/\r$/, '');
    if (budget.left > 0) onLine(text);
    budget.left -= line.length + 1;
  };
  const read = async () => {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, offset);
      if (bytesRead === 0) return;
      offset += bytesRead;
      const lines = (rest + decoder.write(buffer.subarray(0, bytesRead))).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) emit(line);
      if (rest.length > PIECE_LENGTH) {
        emit(rest);
        rest = '';
      }
    }
  };
  const end = () => {
    rest += decoder.end();
    if (rest !== '') emit(rest);
    rest = '';
  };
  return { read, end };
}

async function readPart(handle: FileHandle, part: 'first' | 'last', maxBytes: number): Promise<string> {
  const { size } = await handle.stat();
  const length = Math.min(size, maxBytes);
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, part === 'first' ? 0 : size - length);
  return buffer.toString('utf8', 0, bytesRead);
}
