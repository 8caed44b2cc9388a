import { spawn } from 'node:child_process';

/** A program that shows a file ends at once or becomes the viewer itself; longer than this it is taken to show it. */
const SETTLED_MS = 2_000;

/**
 * Opens a file with the program that the desktop has for it.
 * @returns why it could not be opened; undefined when it could
 */
export function openFile(
  path: string,
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const opener = platform === 'darwin' ? 'open' : 'xdg-open';
  // Of its own, so that the viewer stays when the terminal closes.
  const child = spawn(opener, [path], { env, stdio: 'ignore', detached: true });
  child.unref();
  return new Promise((resolve) => {
    const settled = setTimeout(resolve, SETTLED_MS, undefined);
    const settle = (fault?: string) => {
      clearTimeout(settled);
      resolve(fault);
    };
    child.once('error', () => settle(`there is no ${opener} on this machine`));
    child.once('exit', (code) => settle(code === 0 ? undefined : `${opener} found nothing to show it with`));
  });
}
