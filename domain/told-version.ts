import type { HttpAnswer } from './http.ts';
import { bodyText } from './http.ts';
import type { RecipeDefinition } from './recipe.ts';

/** The part of a version `X.Y.Z+upstream` that is the app's own; undefined without one. */
export function upstreamPart(version: string): string | undefined {
  const at = version.indexOf('+');
  return at < 0 || at === version.length - 1 ? undefined : version.slice(at + 1);
}

/** What an answer tells: the first word of the header that begins like a number, or the first group of the pattern. */
export function toldVersion(
  place: NonNullable<RecipeDefinition['version']>,
  answer: HttpAnswer,
): string | undefined {
  if (place.header !== undefined) {
    return /\bv?\d[\w.+-]*/.exec(answer.headers[place.header.toLowerCase()] ?? '')?.[0];
  }
  return place.pattern === undefined ? undefined : new RegExp(place.pattern).exec(bodyText(answer))?.[1];
}

/**
 * Whether what the app tells is the upstream version: equal, or all of it but a suffix of the packaging (`1.29.1` of
 * `1.29.1-alpine`). A leading `v` does not count. A shorter number is another version: `1.29` is not `1.29.1`.
 */
export function isToldVersion(told: string, upstream: string): boolean {
  const [own, expected] = [told, upstream].map((version) => version.trim().replace(/^v(?=\d)/, ''));
  if (own === undefined || expected === undefined || own === '' || !expected.startsWith(own)) return false;
  return /^($|[^0-9A-Za-z.])/.test(expected.slice(own.length));
}
