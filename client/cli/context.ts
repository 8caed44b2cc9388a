import { loadClientConfig } from '../config.ts';
import type { ClientConfig } from '../../domain/config.ts';

/** The process around a verb; the only place of the command line that touches `process`. */
export const terminal = {
  environment: (): NodeJS.ProcessEnv => process.env,
  config: (): ClientConfig => loadClientConfig(process.env),
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
  exitWith: (code: number): void => {
    process.exitCode = code;
  },
};
