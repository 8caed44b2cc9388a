import { stringify } from 'yaml';
import type { ComposeStack } from './compose.ts';

/** A dollar sign is doubled, because whoever loads the text again interpolates it a second time. */
function escapeDollars(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escapeDollars);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeDollars(item)]));
}

/**
 * The stack as text for `docker stack deploy -c`: the same bytes for the same stack, key order included. Strings are
 * always quoted, so that no YAML version reads `yes` or `0777` as something else.
 */
export function serialiseStack(stack: ComposeStack): string {
  // Without the version Docker takes its newest schema, which knows `pids`.
  const { version: _version, ...rest } = stack;
  const text = stringify(escapeDollars(rest), {
    version: '1.1',
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'QUOTE_DOUBLE',
    aliasDuplicateObjects: false,
    sortMapEntries: true,
    lineWidth: 0,
  });
  // Line breaks to Docker's parser, and so a way to break out of a string; all strings are quoted, so escapes hold.
  return text.replaceAll(
    /[\u0085\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
