/** Exit code of the command line for wrong usage and unusable input (design section 8). */
export const USAGE = 2;
/** Exit code when cc-ci or what it stands on does not work. */
export const BROKEN = 3;

/** A failure that a person can act on. Shown as one line, cause and remedy, without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly remedy: string;
  readonly exitCode: number;

  constructor(reason: string, remedy: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.remedy = remedy;
    this.exitCode = options.exitCode ?? USAGE;
  }
}

/** The one line for a failure: cause, then remedy; at most 600 characters, without line breaks. */
export function describeFailure(error: unknown): { line: string; exitCode: number } {
  if (error instanceof UserError) {
    return { line: oneLine(`${error.message}. ${error.remedy}`), exitCode: error.exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  const remedy = 'This is a fault of cc-ci; CCI_DEBUG=1 shows where.';
  return { line: oneLine(`unexpected: ${message}. ${remedy}`), exitCode: BROKEN };
}

function oneLine(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[.:]\. /g, '. ')
    .slice(0, 600);
}
