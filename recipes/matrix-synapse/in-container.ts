import type { AppContext } from '../../domain/recipe-context.ts';
import type { SpecAnswer, SpecRequest } from '../spec-http.ts';

const TIMEOUT_MS = 30_000;

/**
 * Asks Synapse from inside of its container, where the admin API answers that no router publishes. curl reads everything
 * on its standard input: what it says on a command line, `ps` shows. Rejects when there is no answer.
 */
export async function askInContainer(
  { exec }: Pick<AppContext, 'exec'>,
  path: string,
  { method = 'GET', headers = {}, body, timeoutMs = TIMEOUT_MS }: SpecRequest = {},
): Promise<SpecAnswer> {
  const url = `http://localhost:8008${path}`;
  const options = [
    ['url', url],
    ['request', method],
    ['max-time', String(Math.ceil(timeoutMs / 1000))],
    ['write-out', '\\n%{http_code}'],
    ...Object.entries(headers).map(([name, value]) => ['header', `${name}: ${value}`]),
    ...(body === undefined ? [] : [['data-binary', String(body)]]),
  ];
  const input = options.map(([name, value]) => `${name} = ${quote(value ?? '')}\n`).join('');
  const argv = ['curl', '--silent', '--show-error', '--config', '-'] as const;
  const { exitCode, stdout, stderr } = await exec('app', argv, { input, timeoutMs: timeoutMs + 5000 });
  if (exitCode !== 0) throw new Error(`no answer from ${path} in the container: ${stderr.trim()}`);
  const end = stdout.lastIndexOf('\n');
  const text = stdout.slice(0, end);
  return {
    url,
    status: Number(stdout.slice(end + 1)),
    headers: {},
    body: new TextEncoder().encode(text),
    truncated: false,
    text: () => text,
    json: () => JSON.parse(text) as unknown,
  };
}

/** As curl's configuration has it: in double quotes, with backslashes before these and before themselves. */
function quote(value: string): string {
  return value.startsWith('\\n') ? `"${value}"` : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
