import { dirname, posix } from 'node:path';
import type { Marker } from '../../../domain/markers.ts';
import type { MarkerKeeper, MarkerTools, Try } from './marker-tools.ts';

/** In the container, as its own user: makes a file in a folder, shows it and removes it. */
const PROBE = `
set -e
file="$1/$2"
printf %s "$3" >"$file"
cat "$file"
rm -f "$file"`;
/** What the container runtime and shells end with where there is no shell, or no such program. */
const NO_SHELL = [126, 127];
const EXEC_TIMEOUT_MS = 20_000;
const MAX_TEXT = 500;

type FileMarker = Marker & { readonly volume: string; readonly path: string };

/** A file in a volume; of the app's own doing nothing is needed to keep it. */
export function fileKeeper(tools: MarkerTools, marker: FileMarker): MarkerKeeper {
  const { platform, operation, app } = tools;
  const { service, volume, path } = marker;
  return {
    write: async (value) => {
      await platform.writeVolumeFile(operation, app, { service, volume, path }, value);
      return { ok: true, detail: `${path} was written` };
    },
    read: async (value) => {
      const found = await platform.readVolumeFile(operation, app, path);
      if (found === undefined) {
        return { state: 'absent', detail: `no volume of the app holds ${path}`, transient: false };
      }
      const state = found === value ? 'original' : 'other';
      const seen = JSON.stringify(found.slice(0, 100));
      return { state, detail: `${path} holds ${found.length} characters: ${seen}`, transient: false };
    },
    destroy: async () => {
      await platform.removeVolumeFile(operation, app, path);
      return { ok: true, detail: `${path} was removed` };
    },
    probe: async (value) => {
      const tried = await tryInContainer(tools, marker, value);
      return typeof tried === 'string' ? throughHelper(tools, marker, value, tried) : tried;
    },
  };
}

/**
 * Whether the container's own user may make a file where the marker is. A text says why that cannot be tried there.
 */
export async function tryInContainer(
  { platform, operation, app }: MarkerTools,
  { service, volume, path }: FileMarker,
  value: string,
): Promise<Try | string> {
  const facts = await platform.serviceFacts(app);
  const mounts = facts.flatMap((one) => one.volumes.map((mount) => ({ ...mount, service: one.service })));
  const usable = mounts.filter((mount) => mount.volume === volume && !mount.readOnly);
  const mount = usable.find((one) => one.service === service) ?? usable[0];
  if (!mount) return { ok: false, detail: `no running service can write to volume ${volume}` };
  const folder = posix.join(mount.target, dirname(path));
  const argv = ['sh', '-c', PROBE, 'probe', folder, `ci-probe-${value}.txt`, value] as const;
  const result = await platform.exec(operation, app, mount.service, argv, { timeoutMs: EXEC_TIMEOUT_MS });
  if (NO_SHELL.includes(result.exitCode)) return `the image of ${mount.service} has no shell`;
  if (result.exitCode === 0 && result.stdout === value) {
    return { ok: true, detail: `${mount.service} made a file in ${folder}` };
  }
  const why = result.stderr.trim().slice(-MAX_TEXT) || `ended with ${result.exitCode}`;
  return { ok: false, detail: `${mount.service} could not make a file in ${folder}: ${why}` };
}

async function throughHelper(
  { platform, operation, app }: MarkerTools,
  { service, volume, path }: FileMarker,
  value: string,
  why: string,
): Promise<Try> {
  const probe = posix.join(dirname(path), `ci-probe-${value}.txt`);
  await platform.writeVolumeFile(operation, app, { service, volume, path: probe }, value);
  const found = await platform.readVolumeFile(operation, app, probe);
  await platform.removeVolumeFile(operation, app, probe);
  const how = `${why}, so the harness wrote for it`;
  return {
    ok: found === value,
    detail: `${how}: volume ${volume} ${found === value ? 'took' : 'lost'} a file`,
  };
}
