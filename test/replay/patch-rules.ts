import type { RecordedHistory } from './histories.ts';

/** What the rules for patches in CONTRIBUTING.md are checked on. */
export interface Evolution {
  /** Text of each file of workflow code, by path. */
  readonly sources: Readonly<Record<string, string>>;
  /** Text of CONTRIBUTING.md, which has a row for each patch. */
  readonly contributing: string;
  readonly histories: readonly RecordedHistory[];
}

/** `| `2027-01-31-why` | ... |`: the first cell of a row of the table of patches. */
const ROW = /^\| `(\d{4}-\d\d-\d\d-[a-z0-9-]+)`/gm;
const USE = /\b(?:patched|deprecatePatch)\(\s*([^)]*?)\s*\)/g;
const ID = /^'(\d{4}-\d\d-\d\d-[a-z0-9-]+)'$/;

/** One line for each rule that is broken. */
export function faultsOf({ sources, contributing, histories }: Evolution): readonly string[] {
  const faults: string[] = [];
  const used = new Map<string, string>();
  for (const [file, text] of Object.entries(sources)) {
    for (const [, argument = ''] of text.matchAll(USE)) {
      const id = ID.exec(argument)?.[1];
      if (id === undefined)
        faults.push(`${file}: the id of a patch is a literal '<date>-<why>', not ${argument}`);
      else used.set(id, file);
    }
  }
  const listed = new Set([...contributing.matchAll(ROW)].map(([, id = '']) => id));
  for (const id of listed) {
    if (!used.has(id)) faults.push(`CONTRIBUTING.md: no workflow has the patch ${id} any more`);
  }
  for (const [id, file] of used) {
    if (!listed.has(id)) faults.push(`${file}: the patch ${id} has no row in CONTRIBUTING.md`);
    const before = histories.filter(({ name }) => name.startsWith(`before-${id}/`));
    if (before.length === 0) faults.push(`${file}: no history from before the patch in before-${id}`);
    for (const { name, patches } of before) {
      if (patches.includes(id)) faults.push(`${name}: was recorded with the patch`);
    }
    if (!histories.some(({ name, patches }) => !name.includes('/') && patches.includes(id))) {
      faults.push(`${file}: no history was recorded with the patch ${id}`);
    }
  }
  return faults;
}
