import { CodedError } from '../../../domain/errors.ts';
import type { App } from '../../../domain/plan.ts';
import type { Operation } from '../../support/operation.ts';
import type { VolumeFile } from '../port.ts';
import { serviceFacts } from './service-facts.ts';
import type { SwarmContext } from './swarm-context.ts';
import { runWithVolumes, type VolumeMount } from './volume-helper.ts';

const TIMEOUT_MS = 60_000;
/** Answers of the scripts below, apart from what programs end with by themselves. */
const NO_FOLDER = 43;
const NO_FILE = 44;

/** The owner of the folder gets the file as well: root's would be in the way of an app that looks after its own files. */
const WRITE = `
set -e
folder=$(dirname "/volumes/0/$1")
[ -d "$folder" ] || exit ${NO_FOLDER}
cat >"/volumes/0/$1"
chown "$(stat -c %u:%g "$folder")" "/volumes/0/$1"
chmod 644 "/volumes/0/$1"`;
const READ = `
for volume in /volumes/*; do
  if [ -f "$volume/$1" ]; then exec cat "$volume/$1"; fi
done
exit ${NO_FILE}`;
const REMOVE = `
set -e
for volume in /volumes/*; do
  [ ! -f "$volume/$1" ] || rm -f "$volume/$1"
done`;

export async function writeVolumeFile(
  context: SwarmContext,
  operation: Operation,
  app: App,
  file: VolumeFile,
  content: string,
): Promise<void> {
  const services = await serviceFacts(context, app);
  const { volumes = [] } = services.find(({ service }) => service === file.service) ?? {};
  const names = volumes.filter(({ volume }) => volume === file.volume).map(({ volumeName }) => volumeName);
  if (names.length === 0) throw new CodedError('E_MARKER', `${file.service} mounts no volume ${file.volume}`);
  const { exitCode } = await runWithVolumes(context, operation, ['sh', '-c', WRITE, 'write', file.path], {
    mounts: mountsOf(names.slice(0, 1), { readOnly: false }),
    input: content,
    timeoutMs: TIMEOUT_MS,
    accept: [0, NO_FOLDER],
  });
  if (exitCode === NO_FOLDER)
    throw new CodedError('E_MARKER', `the folder of ${file.path} is not in volume ${file.volume}`);
}

export async function readVolumeFile(
  context: SwarmContext,
  operation: Operation,
  app: App,
  path: string,
): Promise<string | undefined> {
  const names = await mountedVolumes(context, app);
  if (names.length === 0) return undefined;
  const { exitCode, stdout } = await runWithVolumes(context, operation, ['sh', '-c', READ, 'read', path], {
    mounts: mountsOf(names, { readOnly: true }),
    timeoutMs: TIMEOUT_MS,
    accept: [0, NO_FILE],
    quiet: true,
  });
  return exitCode === NO_FILE ? undefined : stdout;
}

export async function removeVolumeFile(
  context: SwarmContext,
  operation: Operation,
  app: App,
  path: string,
): Promise<void> {
  const names = await mountedVolumes(context, app);
  if (names.length === 0) return;
  await runWithVolumes(context, operation, ['sh', '-c', REMOVE, 'remove', path], {
    mounts: mountsOf(names, { readOnly: false }),
    timeoutMs: TIMEOUT_MS,
  });
}

/** By what the services ask for: a container that is going away may still hold a volume that the app has given up. */
async function mountedVolumes(context: SwarmContext, app: App): Promise<readonly string[]> {
  const services = await serviceFacts(context, app);
  return [...new Set(services.flatMap(({ volumes }) => volumes.map(({ volumeName }) => volumeName)))];
}

function mountsOf(names: readonly string[], { readOnly }: { readOnly: boolean }): readonly VolumeMount[] {
  return names.map((volumeName, index) => ({ volumeName, target: `/volumes/${index}`, readOnly }));
}
