import { createHash } from 'node:crypto';

/** Git's id of nothing: what a branch was that is made, or will be that is removed. */
const NONE = '0'.repeat(40);
const FLUSH = '0000';

/** A line of git's protocol: its length in four hexadecimal digits, themselves included, goes first. */
function line(text: string): string {
  return `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;
}

/** Texts of the lines; a flush is an empty one. Throws when the lengths do not fit. */
function readLines(body: string): readonly string[] {
  const bytes = Buffer.from(body);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 4), 16);
    if (!(length === 0 || length >= 4) || at + length > bytes.length) {
      throw new Error(`no line of git's protocol at byte ${at}: ${body.slice(0, 200)}`);
    }
    lines.push(bytes.toString('utf8', at + 4, at + Math.max(length, 4)));
    at += Math.max(length, 4);
  }
  return lines;
}

/**
 * Ids by name, from what a server says first (git's documentation, gitprotocol-http: "Reference Discovery"). What the
 * server can do stands behind a NUL and is left out.
 */
export function advertisedRefs(service: string, body: string): Readonly<Record<string, string>> {
  const [title, flush, ...refs] = readLines(body);
  if (title !== `# service=${service}\n` || flush !== '') {
    throw new Error(`no advertisement of ${service}: ${body.slice(0, 200)}`);
  }
  return Object.fromEntries(
    refs
      .filter((text) => text !== '')
      .map((text) => {
        const [id = '', name = ''] = text.replace(/\0.*/s, '').trimEnd().split(' ');
        return [name, id];
      }),
  );
}

/** Body of a push that makes a branch of a commit which the server has: its pack is one of no objects. */
export function pushOfBranch(name: string, commit: string): Uint8Array {
  const command = line(`${NONE} ${commit} refs/heads/${name}\0report-status`);
  const pack = Buffer.from([...Buffer.from('PACK'), 0, 0, 0, 2, 0, 0, 0, 0]);
  return Buffer.concat([Buffer.from(command + FLUSH), pack, createHash('sha1').update(pack).digest()]);
}

/** What the server says to a push, line by line without their ends. */
export function pushReport(body: string): readonly string[] {
  return readLines(body)
    .filter((text) => text !== '')
    .map((text) => text.trimEnd());
}
