/** A version tag of a recipe (`X.Y.Z+upstream`) and the commit it names. */
export interface VersionTag {
  readonly tag: string;
  readonly commit: string;
  /** Seconds since 1970 at which the tag, or the commit of a lightweight one, was made. */
  readonly createdAt: number;
  /** A lightweight tag is only a name for a commit. */
  readonly annotated: boolean;
}

/** The recipe's own semantic version; behind the plus stands free text of upstream, which is never compared. */
const VERSION = /^(\d+)\.(\d+)\.(\d+)\+.+$/;

export function isVersionTag(tag: string): boolean {
  return VERSION.test(tag);
}

/** Newest version first; of equal versions the tag that was made last. */
export function byVersion(a: VersionTag, b: VersionTag): number {
  const [left, right] = [numbers(a.tag), numbers(b.tag)];
  for (const [index, number] of left.entries()) {
    const other = right[index] ?? 0;
    if (number !== other) return other - number;
  }
  return b.createdAt - a.createdAt;
}

function numbers(tag: string): number[] {
  return VERSION.exec(tag)?.slice(1).map(Number) ?? [];
}

/** The tag at a commit, and the newest version that was published before it. `tags` are those the commit contains. */
export function versionsAt(
  commit: string,
  tags: readonly VersionTag[],
): { own: VersionTag | undefined; previous: VersionTag | undefined } {
  const sorted = tags.filter(({ tag }) => isVersionTag(tag)).sort(byVersion);
  return {
    own: sorted.find((tag) => tag.commit === commit),
    previous: sorted.find((tag) => tag.commit !== commit),
  };
}
