import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A version of the fixture: `base` is the newest published one, `head` the change under review. */
export type Which = 'base' | 'head';

/** The files of a fixture recipe's last two versions, to be changed before they are committed. */
export class RecipeTree {
  private readonly folders: Readonly<Record<Which, string>>;

  /** `folder` holds the version folders of a fixture recipe (test/fixtures/recipes), as a copy. */
  constructor(folder: string) {
    const names = readdirSync(folder).sort((a, b) => Number.parseInt(a) - Number.parseInt(b));
    const [base, head] = names.slice(-2);
    if (base === undefined || head === undefined) throw new Error(`${folder} has no two versions`);
    this.folders = { base: join(folder, base), head: join(folder, head) };
  }

  /** Text of a file at a version: its own, or that of the version before. */
  read(which: Which, file: string): string {
    const found = this.candidates(which).find((folder) => existsSync(join(folder, file)));
    if (found === undefined) throw new Error(`${file} is in no version up to the ${which}`);
    return readFileSync(join(found, file), 'utf8');
  }

  write(which: Which, file: string, text: string): void {
    const path = join(this.folders[which], file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  remove(which: Which, file: string): void {
    rmSync(join(this.folders[which], file));
  }

  /** Replaces every occurrence; a text that is not there is an error, so that no mutation is empty by mistake. */
  replace(which: Which, file: string, from: string | RegExp, to: string): void {
    const text = this.read(which, file);
    const changed = typeof from === 'string' ? text.replaceAll(from, to) : text.replace(from, to);
    if (changed === text) throw new Error(`${file} of the ${which}: nothing to replace by ${to}`);
    this.write(which, file, changed);
  }

  /** The same in the base and, independently, in the head. */
  replaceInBoth(file: string, from: string | RegExp, to: string): void {
    const head = this.read('head', file);
    this.replace('base', file, from, to);
    this.write('head', file, head);
    this.replace('head', file, from, to);
  }

  private candidates(which: Which): string[] {
    const all = readdirSync(dirname(this.folders.base))
      .sort((a, b) => Number.parseInt(b) - Number.parseInt(a))
      .map((name) => join(dirname(this.folders.base), name));
    return which === 'head' ? all : all.slice(1);
  }
}
