import { constants } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Stage } from '../../domain/stages.ts';
import { redactArchive } from './redact-archive.ts';
import type { Attachment } from './spec-report.ts';

const MAX_FILE_BYTES = 50 * 1024 * 1024;
const MAX_FILES = 100;

/**
 * Reads a file from a folder that an unprivileged user could write to. Undefined unless it is a plain file of bounded size
 * whose real path lies in the folder: a link laid there must not make root hand out what it points to.
 */
export async function readUntrusted(folder: string, name: string): Promise<Buffer | undefined> {
  const path = join(folder, name);
  const [root, real] = await Promise.all([realpath(folder), realpath(path)]).catch(() => []);
  if (root === undefined || real === undefined || !real.startsWith(root + sep)) return undefined;
  // The path is resolved already, so any link found now has been put there since. Not blocking: it may be a pipe.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(real, flags).catch(() => undefined);
  try {
    const stat = await handle?.stat();
    if (!handle || !stat?.isFile() || stat.nlink > 1 || stat.size > MAX_FILE_BYTES) return undefined;
    return await handle.readFile();
  } finally {
    await handle?.close();
  }
}

export interface ArtefactFolders {
  /** Folder of the run; returned names are relative to it. */
  readonly run: string;
  readonly screenshots: string;
  readonly traces: string;
}

/**
 * Copies screenshots, and traces with secrets hidden inside, to the folders of the run. Replaces what an earlier attempt
 * of the stage has left there. Returns the names of both kinds, relative to the run's folder.
 */
export async function keepArtefacts(input: {
  readonly stage: Stage;
  readonly attachments: readonly Attachment[];
  /** The results folder, as the runner saw it and as it is on the host. */
  readonly out: { readonly seen: string; readonly real: string };
  readonly folders: ArtefactFolders;
  readonly redact: (text: string) => string;
  readonly log: (line: string) => void;
}): Promise<{ screenshots: string[]; traces: string[] }> {
  const { folders, stage } = input;
  await Promise.all([clear(folders.screenshots, stage), clear(folders.traces, stage)]);
  const kept = { screenshots: [] as string[], traces: [] as string[] };
  for (const attachment of input.attachments.slice(0, MAX_FILES)) {
    const kind = kindOf(attachment);
    if (!kind) continue;
    const content = await readUntrusted(input.out.real, relative(input.out.seen, attachment.path));
    const safe = content && kind === 'traces' ? redactArchive(content, input.redact) : content;
    if (!safe) {
      input.log(`${attachment.path}: not kept, because it is not a readable file of the specs`);
      continue;
    }
    const name = `${stage}-${kept[kind].length + 1}-${slug(attachment.test)}.${EXTENSIONS[kind]}`;
    const path = join(folders[kind], name);
    await writeFile(`${path}.part`, safe);
    await rename(`${path}.part`, path);
    kept[kind].push(relative(folders.run, path));
  }
  return kept;
}

const EXTENSIONS = { screenshots: 'png', traces: 'zip' } as const;

function kindOf({ contentType }: Attachment): 'screenshots' | 'traces' | undefined {
  if (contentType === 'image/png') return 'screenshots';
  return contentType === 'application/zip' ? 'traces' : undefined;
}

async function clear(folder: string, stage: Stage): Promise<void> {
  await mkdir(folder, { recursive: true });
  const old = (await readdir(folder)).filter((name) => name.startsWith(`${stage}-`));
  await Promise.all(old.map((name) => rm(join(folder, name))));
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
}
