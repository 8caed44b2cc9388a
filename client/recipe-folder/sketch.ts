import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { ServiceBackup } from '../../domain/backup.ts';
import { serviceBackups } from '../../domain/backup-labels.ts';
import { interpolate } from '../../domain/interpolate.ts';
import { labelMap } from '../../domain/labels.ts';
import { createSourceMap, type SourceFile } from '../../domain/source-map.ts';
import { storeOf, type Store } from '../../domain/stores.ts';
import { UserError } from '../user-error.ts';

/** A service as its compose files describe it, for a first draft of its tests. */
export interface ServiceSketch {
  readonly name: string;
  readonly image: string;
  readonly store: Store | undefined;
  readonly hasHealthCheck: boolean;
  /** Traefik routes a public hostname to it. */
  readonly isPublic: boolean;
  /** Named volumes by compose key, and where they are mounted. */
  readonly volumes: readonly { readonly volume: string; readonly target: string }[];
  readonly backup: ServiceBackup | undefined;
}

const labels = z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).nullish();
const volumeSchema = z.union([
  z.string(),
  z.looseObject({ type: z.string().optional(), source: z.string().optional(), target: z.string() }),
]);
const serviceSchema = z.looseObject({
  image: z.string().optional(),
  healthcheck: z.looseObject({ test: z.unknown().optional(), disable: z.boolean().optional() }).nullish(),
  volumes: z.array(volumeSchema).nullish(),
  deploy: z.looseObject({ labels }).nullish(),
});
const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema.nullable()).nullish(),
});
type Service = z.infer<typeof serviceSchema>;

/**
 * What the compose files say of their services, in the order in which these appear. Files are merged key by key, which is
 * coarser than Docker's loader; what is deployed is always rendered by the loader itself.
 * @param env fills in variables
 * @throws UserError with file and line for a file that is no compose file
 */
export function sketchServices(
  files: readonly SourceFile[],
  env: Readonly<Record<string, string>>,
): ServiceSketch[] {
  const parts = new Map<string, Service[]>();
  for (const file of files) {
    for (const [name, service] of Object.entries(readCompose(file).services ?? {}))
      parts.set(name, [...(parts.get(name) ?? []), service ?? {}]);
  }
  if (parts.size === 0) {
    const names = files.map(({ name }) => name).join(', ');
    throw new UserError(`${names} names no services`, 'Give the compose file of a recipe with --from');
  }
  const fill = (text: string) => interpolate(text, env);
  return [...parts].map(([name, services]) => sketchService(name, services, fill));
}

function sketchService(
  name: string,
  parts: readonly Service[],
  fill: (text: string) => string,
): ServiceSketch {
  const image = fill(parts.findLast((part) => part.image !== undefined)?.image ?? '');
  const all = Object.assign({}, ...parts.map(({ deploy }) => labelMap(deploy?.labels))) as unknown;
  const filled = Object.fromEntries(
    Object.entries(z.record(z.string(), z.string()).parse(all)).map(([key, value]) => [
      fill(key),
      fill(value),
    ]),
  );
  const volumes = parts.flatMap((part) =>
    (part.volumes ?? []).flatMap((volume) => namedVolume(volume, fill)),
  );
  const checks = parts.map(({ healthcheck }) => healthcheck).filter((check) => check?.test !== undefined);
  const mounted = volumes.map((volume) => ({ ...volume, volumeName: volume.volume }));
  return {
    name,
    image,
    store: storeOf(image),
    hasHealthCheck: checks.length > 0 && parts.every(({ healthcheck }) => healthcheck?.disable !== true),
    isPublic:
      filled['traefik.enable'] === 'true' &&
      Object.keys(filled).some((key) => /^traefik\.http\.routers\./i.test(key)),
    volumes,
    backup: serviceBackups([{ service: name, labels: filled, volumes: mounted }])[0],
  };
}

function namedVolume(
  volume: z.infer<typeof volumeSchema>,
  fill: (text: string) => string,
): { volume: string; target: string }[] {
  const [source = '', target = ''] =
    typeof volume === 'string' ? fill(volume).split(':') : [fill(volume.source ?? ''), fill(volume.target)];
  const isNamed = /^[A-Za-z0-9][\w.-]*$/.test(source) && target.startsWith('/');
  return isNamed ? [{ volume: source, target }] : [];
}

function readCompose({ name, text }: SourceFile): z.infer<typeof composeSchema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: 'silent' });
  const [fault] = document.errors;
  if (fault) {
    const [what = ''] = fault.message.split('\n');
    throw notCompose(name, Math.max(1, lines.linePos(fault.pos[0]).line), what);
  }
  const parsed = composeSchema.safeParse(document.toJS({ maxAliasCount: 1000 }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map(String);
  const { line } = createSourceMap([{ name, text }], {})(path);
  throw notCompose(name, line, `${path.join('.')}: ${issue?.message ?? ''}`);
}

function notCompose(file: string, line: number, why: string): UserError {
  return new UserError(`${file}:${line} is no compose file (${why})`, 'Correct it, then try again');
}
