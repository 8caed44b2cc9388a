import { HELPER_IMAGE } from '../../domain/backup.ts';
import { fail, ok, versionIn, warn, type Check } from './check.ts';
import { lastLine } from './command.ts';
import { dockerClientOf, hasImage, pullRemedy, runContainer } from './container.ts';

/** restic, as backups and restores run it: from its image. */
export const backupTool: Check = {
  name: 'backup-tool',
  limitMs: 20_000,
  remedy: 'Check the Docker daemon',
  look: async (context) => {
    const docker = dockerClientOf(context);
    const pull = pullRemedy(context, HELPER_IMAGE);
    if (!(await hasImage(docker, HELPER_IMAGE))) {
      return warn(`the image ${HELPER_IMAGE} is not there; the first backup will pull it`, pull);
    }
    const shown = await runContainer(docker, [
      '--network=none',
      '--read-only',
      '--cap-drop=ALL',
      HELPER_IMAGE,
      'version',
    ]);
    const version = versionIn(shown.stdout);
    if (shown.exitCode === 0 && version !== undefined) return ok(`restic ${version} from ${HELPER_IMAGE}`);
    return fail(`${HELPER_IMAGE} does not run: ${lastLine(shown)}`, `${pull} again`);
  },
};
