import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workerConfigSchema } from '../../domain/config.ts';
import { configured, fail, ok, versionIn, type Check } from './check.ts';
import { lastLine, runCommand } from './command.ts';

const PAGE = 'data:text/html,<p>cc-ci doctor</p>';

/** Starts the browser headless as the account that specs run as, in its own sandbox, and lets it show a page. */
export const browser: Check = {
  name: 'browser',
  limitMs: 30_000,
  remedy: 'Install Chromium with its sandbox and set CCI_BROWSER to its path',
  look: async (context) => {
    const config = configured(
      context,
      workerConfigSchema.pick({ CCI_BROWSER: true, CCI_SPEC_UID: true, CCI_SPEC_GID: true }),
    );
    const home = await mkdtemp(join(tmpdir(), 'cc-ci-doctor-'));
    const account = { uid: config.CCI_SPEC_UID, gid: config.CCI_SPEC_GID };
    const isRoot = process.getuid?.() === 0;
    try {
      if (isRoot) await chown(home, account.uid, account.gid);
      const options = {
        env: { PATH: '/usr/bin:/bin', HOME: home, TMPDIR: home, LANG: 'C.UTF-8' },
        cwd: home,
        signal: context.signal,
        ...(isRoot ? { account } : {}),
      };
      const version = await runCommand([config.CCI_BROWSER, '--version'], options);
      const flags = ['--headless', '--disable-gpu', `--user-data-dir=${join(home, 'profile')}`];
      const shown = await runCommand([config.CCI_BROWSER, ...flags, '--dump-dom', PAGE], options);
      if (shown.exitCode === 0 && shown.stdout.includes('<p>cc-ci doctor</p>')) {
        return ok(
          `${versionIn(version.stdout) ?? 'unknown version'}, shows a page as user ${isRoot ? account.uid : 'of this command'}`,
        );
      }
      return fail(
        `${config.CCI_BROWSER} shows no page (exit ${shown.exitCode}): ${lastLine(shown)}`,
        browser.remedy,
      );
    } finally {
      // Its helpers may still write while they end.
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};
