import type { AppContext } from '../../domain/recipe-context.ts';
import { withReaders, type SpecAnswer } from '../spec-http.ts';

const TIMEOUT_MS = 30_000;

/**
 * Asks Synapse from inside of its container, where the admin API answers that no router publishes; with a body by POST.
 * curl reads everything on its standard input, because what it says on a command line `ps` shows. The answer stands in
 * the log of the stage, so nothing may be asked for that is a secret. Rejects when there is no answer.
 */
export async function askInContainer(
  { exec }: Pick<AppContext, 'exec'>,
  path: string,
  body?: string,
): Promise<SpecAnswer> {
  const url = `http://localhost:8008${path}`;
  const input = [`url = ${quote(url)}`, ...(body === undefined ? [] : [`data-raw = ${quote(body)}`]), ''];
  const limit = ['--max-time', String(TIMEOUT_MS / 1000)];
  const argv = ['curl', '-sS', ...limit, '--write-out', '\\n%{http_code}', '--config', '-'] as const;
  const options = { input: input.join('\n'), timeoutMs: TIMEOUT_MS + 5000 };
  const { exitCode, stdout, stderr } = await exec('app', argv, options);
  if (exitCode !== 0) throw new Error(`no answer from ${path} in the container: ${stderr.trim()}`);
  const end = stdout.lastIndexOf('\n');
  const status = Number(stdout.slice(end + 1));
  const answer = new TextEncoder().encode(stdout.slice(0, end));
  return withReaders({ url, status, headers: {}, body: answer, truncated: false });
}

/** As curl's configuration has it: in double quotes, with backslashes before these and before themselves. */
function quote(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}
