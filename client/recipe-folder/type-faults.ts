import { join, relative } from 'node:path';

/** A fault that the compiler found. */
export interface TypeFault {
  /** Relative to the clone. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/**
 * Type-checks files of the clone with its own settings; undefined where the compiler is not installed.
 * @param files relative to the clone
 */
export async function typeFaults(root: string, files: readonly string[]): Promise<TypeFault[] | undefined> {
  const compiler = await import('typescript').catch(() => undefined);
  if (!compiler) return undefined;
  const ts = compiler.default;
  const settings = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(settings, (path) => ts.sys.readFile(path)) as { config: unknown };
  // Only the options: what is checked is asked for. They say where packages are, wherever the command is run.
  const host = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonConfigFileContent(config, host, root, undefined, settings);
  const program = ts.createProgram(
    files.map((file) => join(root, file)),
    options,
  );
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => ({
    file: file ? relative(root, file.fileName) : 'tsconfig.json',
    line: file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 1,
    message: ts.flattenDiagnosticMessageText(messageText, ' ').replaceAll(/\s+/g, ' '),
  }));
}
