import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A version of the fixture: `base` is the newest published one, `head` the change under review. */
export type Which = 'base' | 'head';

/** The files of a fixture recipe's last two versions, to be changed before they are committed. */
export class RecipeTree {
  private readonly folders: Record<Which, string>;

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
    // Compose files are full of dollar signs, which mean something in a replacement.
    const changed = typeof from === 'string' ? text.replaceAll(from, () => to) : text.replace(from, to);
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

  /** Publishes the base under another tag, which its label and its release note then name. */
  retagBase(tag: string): void {
    const { base } = this.folders;
    const [position = '', ...rest] = basename(base).split('-');
    const old = rest.join('-');
    this.replace('base', 'compose.yml', `.version=${old}'`, `.version=${tag}'`);
    renameSync(join(base, 'release', old), join(base, 'release', tag));
    this.folders.base = join(dirname(base), `${position}-${tag}`);
    renameSync(base, this.folders.base);
  }

  /** Adds a commit between base and head that changes one file and has an annotated tag. */
  insertTagged(tag: string, file: string, text: string): void {
    const { head } = this.folders;
    const [position = '', ...rest] = basename(head).split('-');
    this.folders.head = join(dirname(head), `${Number(position) + 1}-${rest.join('-')}`);
    renameSync(head, this.folders.head);
    const path = join(dirname(head), `${position}-${tag}`, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Makes the head the very first commit: nothing has been published yet. */
  unpublish(): void {
    const { head } = this.folders;
    // From the oldest to the newest, as the commits would lay them over each other.
    const first = join(dirname(head), '0-main');
    for (const folder of this.candidates('head').reverse()) {
      cpSync(folder, first, { recursive: true });
      rmSync(folder, { recursive: true });
    }
    this.folders.head = first;
  }

  private candidates(which: Which): string[] {
    const all = readdirSync(dirname(this.folders.base))
      .sort((a, b) => Number.parseInt(b) - Number.parseInt(a))
      .map((name) => join(dirname(this.folders.base), name));
    return which === 'head' ? all : all.slice(1);
  }
}
