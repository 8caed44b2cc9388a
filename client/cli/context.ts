import { loadClientConfig, loadDataConfig } from '../config.ts';
import type { ClientConfig, DataConfig } from '../../domain/config.ts';

/** What a shell reports for a program that ended on Ctrl-C. */
export const INTERRUPTED = 130;

/** The process around a verb; the only place of the command line that touches `process`. */
export const terminal = {
  environment: (): NodeJS.ProcessEnv => process.env,
  config: (): ClientConfig => loadClientConfig(process.env),
  /** Also there while the stack is down. */
  dataConfig: (): DataConfig => loadDataConfig(process.env),
  workingFolder: (): string => process.cwd(),
  /** Machine output: one JSON document. */
  json: (document: unknown): void => {
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  },
  /** Output asked for by a person. */
  print: (line: string): void => {
    process.stdout.write(`${line}\n`);
  },
  /** What is said besides the output. */
  say: (line: string): void => {
    process.stderr.write(`${line}\n`);
  },
  /** A reader that has seen enough (`| head`) is no failure. */
  allowClosedPipes: (): void => {
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE') throw error;
        process.exit();
      });
    }
  },
  exitWith: (code: number): void => {
    process.exitCode = code;
  },
};
