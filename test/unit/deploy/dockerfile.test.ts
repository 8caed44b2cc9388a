import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const run = promisify(execFile);

interface Instruction {
  readonly name: string;
  readonly words: readonly string[];
  /** Counted from 0. */
  readonly stage: number;
}

/** Instructions of a Dockerfile without heredocs; a backslash at the end of a line joins it with the next. */
function instructionsOf(text: string): Instruction[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  let stage = -1;
  return lines.map((line) => {
    const [name = '', ...words] = line.trim().split(/\s+/);
    if (name === 'FROM') stage += 1;
    return { name, words, stage };
  });
}

const instructions = instructionsOf(read('Dockerfile'));
const last = Math.max(...instructions.map(({ stage }) => stage));
const named = (name: string) => instructions.filter((instruction) => instruction.name === name);

describe('the Dockerfile', () => {
  it('has only instructions that are known, and begins with a base', () => {
    const known = ['FROM', 'RUN', 'COPY', 'WORKDIR', 'USER', 'ENTRYPOINT', 'CMD'];
    expect(instructions.filter(({ name }) => !known.includes(name))).toEqual([]);
    expect(instructions[0]?.name).toBe('FROM');
  });

  it('pins each base to a full version, of Node to that of package.json', () => {
    const bases = named('FROM').map(({ words }) => words[0] ?? '');
    expect(bases).toHaveLength(4);
    expect(bases.filter((base) => !/^[a-z]+:\d+\.\d+\.\d+-[\w-]+$/.test(base))).toEqual([]);
    const { devDependencies } = z
      .object({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    const nodes = bases.filter((base) => base.startsWith('node:'));
    expect(new Set(nodes)).toEqual(new Set([`node:${devDependencies['node']}-bookworm-slim`]));
  });

  it('takes no secret and no argument into the image, and copies no whole context', () => {
    expect([...named('ARG'), ...named('ENV'), ...named('ADD')]).toEqual([]);
    const sources = named('COPY').flatMap(({ words }) =>
      words.filter((word) => !word.startsWith('--')).slice(0, -1),
    );
    expect(
      sources.filter((source) => /^[./*]*$/.test(source) || /key|secret|\.env|\.cc-ci/.test(source)),
    ).toEqual([]);
  });

  it('names stages and files that exist, all of them let through by .dockerignore', () => {
    const stages = named('FROM').map(({ words }) => words[2]);
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const taken: string[] = [];
    for (const { words } of named('COPY')) {
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      if (from !== undefined) expect(stages).toContain(from);
      else taken.push(...words.slice(0, -1).map((word) => word.replace(/\/$/, '')));
    }
    for (const source of taken) expect(existsSync(join(ROOT, source)), source).toBe(true);
    expect(new Set(taken)).toEqual(new Set(allowed));
    expect(
      read('.dockerignore')
        .split('\n')
        .filter((line) => line !== '' && !/^[#!]/.test(line)),
    ).toEqual(['*']);
  });

  it('builds the renderer with a Go that its module accepts', () => {
    const [, minimum = ''] = /^go (\d+\.\d+)/m.exec(read('setup/go/stack-render/go.mod')) ?? [];
    const [, version] = /^golang:(\d+\.\d+)/.exec(named('FROM')[0]?.words[0] ?? '') ?? [];
    expect(version).toBe(minimum);
  });

  it('says as whom it runs, and starts the program that the compose file means', () => {
    const final = instructions.filter(({ stage }) => stage === last);
    expect(final.filter(({ name }) => name === 'USER').map(({ words }) => words)).toEqual([['root']]);
    const program = /ln -s (\S+) \/usr\/local\/bin\/cc-ci/.exec(
      final.map(({ words }) => words.join(' ')).join('\n'),
    );
    expect(program?.[1]).toBe('/app/bin/cc-ci');
    expect(final.find(({ name }) => name === 'ENTRYPOINT')?.words.join(' ')).toBe('["cc-ci"]');
  });
});

describe('what the Dockerfile copies', () => {
  const app = join(temporaryFolder(), 'app');
  const node = (args: string[]) =>
    run(process.execPath, args, { env: { PATH: process.env['PATH'] ?? '', HOME: app } }).catch(
      (error: unknown) => z.object({ code: z.number(), stdout: z.string(), stderr: z.string() }).parse(error),
    );

  beforeAll(() => {
    mkdirSync(app);
    for (const { words } of instructions.filter(({ name, stage }) => name === 'COPY' && stage === last)) {
      if (words.some((word) => word.startsWith('--from='))) continue;
      for (const source of words.slice(0, -1))
        cpSync(join(ROOT, source), join(app, source), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'));
  });

  it('is enough for the command line', async () => {
    const { stdout } = await node([join(app, 'bin/cc-ci'), '--help']);
    expect(stdout).toMatch(/^\s+worker /m);
  });

  it.each(['worker/main.ts', 'worker/supervisor.ts'])(
    'is enough for %s to get as far as its configuration',
    async (file) => {
      const { stderr } = await node([join(app, file)]);
      expect(stderr).toMatch(/Error: configuration: CCI_INSTANCE/);
    },
  );

  it('depends on no package that only development has', () => {
    const manifest = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(parse(read('package.json')));
    const lock = z
      .object({ packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional() })) })
      .parse(JSON.parse(read('package-lock.json')));
    const dev = Object.keys(manifest.dependencies).filter(
      (name) => lock.packages[`node_modules/${name}`]?.dev,
    );
    expect(dev).toEqual([]);
  });
});
