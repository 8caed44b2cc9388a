import type { LocateSource, SourceFile, SourcePlace } from '../../../domain/source-map.ts';

/** The docker client says only that there is one of these. */
const FORBIDDEN = 'volume_driver|volumes_from|cpu_quota|cpu_shares|cpuset|mem_limit|memswap_limit|extends';

/**
 * Finds the place that a message of Docker's compose loader speaks of. The loader names a line for broken YAML and a
 * dotted path otherwise; without either it is the first file.
 *
 * Source of the wording: `github.com/docker/cli/cli/compose/loader`, v28 and v29.
 */
export function placeOfLoaderError(
  message: string,
  files: readonly SourceFile[],
  locate: LocateSource,
): SourcePlace {
  const first = { file: files[0]?.name ?? 'compose.yml', line: 1 };
  const yaml = /^(\S+): yaml: line (\d+)/.exec(message);
  if (yaml) return { file: yaml[1] ?? first.file, line: Math.max(1, Number(yaml[2])) };
  const forbidden = /unsupported options:\s*(?:map\[)?(\w+):/i.exec(message)?.[1];
  if (/contains forbidden properties/i.test(message)) return lineOfKey(`(?:${FORBIDDEN})`, files) ?? first;
  if (forbidden !== undefined) return lineOfKey(forbidden, files) ?? first;
  const place =
    /^invalid interpolation format for (\S+?)[:. ]*(?=\s|$)/.exec(message)?.[1] ??
    /^(\(root\)|[\w-]+(?:\.[^\s:]+)*):? /.exec(message)?.[1];
  if (place === undefined) return first;
  const path = place === '(root)' ? [] : place.split('.').map(numberOrText);
  const extra = /additional property '?([^' ]+)'? is not allowed/i.exec(message)?.[1];
  return locate(extra === undefined ? path : [...path, extra]);
}

function numberOrText(segment: string): string | number {
  return /^\d+$/.test(segment) ? Number(segment) : segment;
}

function lineOfKey(key: string, files: readonly SourceFile[]): SourcePlace | undefined {
  for (const { name, text } of files) {
    const index = text.split('\n').findIndex((line) => new RegExp(`(^|[\\s{,])${key}\\s*:`).test(line));
    if (index >= 0) return { file: name, line: index + 1 };
  }
  return undefined;
}
