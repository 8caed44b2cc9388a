import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseAbraScript } from '../../../domain/abra-sh.ts';
import { parseEnvFile } from '../../../domain/env-file.ts';
import { labelMap } from '../../../domain/labels.ts';
import { buildRecipes, type FixtureRecipe } from '../../fixtures/recipes/build.ts';

const exec = promisify(execFile);
const BUILDER = join(import.meta.dirname, '../../fixtures/recipes/build.ts');

/** Image of each service and version label, by tag and for the head `main`. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, readonly [string, ...string[]]>>>> = {
  'custom-html': {
    '1.10.0+1.28.0': ['1.10.0+1.28.0', 'nginx:1.28.0'],
    '1.11.0+1.29.0': ['1.11.0+1.29.0', 'nginx:1.29.0'],
    main: ['1.12.0+1.29.1', 'nginx:1.29.1'],
  },
  gitea: {
    '3.0.0+1.26.0': ['3.0.0+1.26.0', 'gitea/gitea:1.26.0', 'mariadb:10.11.11'],
    main: ['3.1.0+1.26.0', 'gitea/gitea:1.26.0', 'mariadb:10.11.13'],
  },
  greeter: {
    '1.0.0+1.0.0': ['1.0.0+1.0.0', 'coopcloud/notes:1.0.0'],
    main: ['1.1.0+1.1.0', 'coopcloud/notes:1.1.0'],
  },
  keycloak: {
    '1.0.0+26.4.0': ['1.0.0+26.4.0', 'keycloak/keycloak:26.4.0', 'postgres:15.14'],
    main: ['1.1.0+26.7.3', 'keycloak/keycloak:26.7.3', 'postgres:15.14'],
  },
  'matrix-synapse': {
    '1.0.0+v1.150.0': ['1.0.0+v1.150.0', 'matrixdotorg/synapse:v1.150.0', 'postgres:15.13'],
    main: ['1.1.0+v1.163.2', 'matrixdotorg/synapse:v1.163.2', 'postgres:15.14'],
  },
  'notes-mariadb': {
    '1.0.0+1.0.0': ['1.0.0+1.0.0', 'coopcloud/notes:1.0.0', 'mariadb:10.11.11'],
    '1.1.0+1.0.0': ['1.1.0+1.0.0', 'coopcloud/notes:1.0.0', 'mariadb:10.11.11'],
    main: ['1.2.0+1.1.0', 'coopcloud/notes:1.1.0', 'mariadb:10.11.13'],
  },
  'notes-postgres': {
    '1.0.0+1.0.0': ['1.0.0+1.0.0', 'coopcloud/notes:1.0.0', 'postgres:15.13'],
    '1.1.0+1.0.0': ['1.1.0+1.0.0', 'coopcloud/notes:1.0.0', 'postgres:15.13'],
    main: ['1.2.0+1.1.0', 'coopcloud/notes:1.1.0', 'postgres:15.14'],
  },
};
const NAMES = Object.keys(EXPECTED);
const REFS = Object.entries(EXPECTED).flatMap(([name, refs]) =>
  Object.entries(refs).map(([ref, [version, ...images]]) => ({ name, ref, version, images })),
);

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string().optional(),
      healthcheck: z.object({ test: z.array(z.string()).optional() }).optional(),
      deploy: z
        .object({ labels: z.union([z.array(z.string()), z.record(z.string(), z.string())]) })
        .optional(),
    }),
  ),
  configs: z.record(z.string(), z.object({ name: z.string(), file: z.string() })).optional(),
});

let folder: string;
let recipes: readonly FixtureRecipe[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cc-ci-recipes-'));
  recipes = await buildRecipes(join(folder, 'first'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function recipe(name: string): FixtureRecipe {
  const found = recipes.find((one) => one.name === name);
  if (!found) throw new Error(`${name} was not built`);
  return found;
}

async function git(name: string, ...args: string[]): Promise<string> {
  return (await exec('git', ['-C', recipe(name).path, ...args])).stdout;
}

/** The files of a version that a deploy reads. */
async function readVersion(name: string, ref: string) {
  const sample = await git(name, 'show', `${ref}:.env.sample`);
  const { values, faults } = parseEnvFile(sample);
  const script = parseAbraScript(await git(name, 'show', `${ref}:abra.sh`));
  expect([...faults, ...script.faults]).toEqual([]);
  const files = (values['COMPOSE_FILE'] ?? 'compose.yml').split(':');
  const texts = await Promise.all(files.map((file) => git(name, 'show', `${ref}:${file}`)));
  const parts = texts.map((text) => composeSchema.parse(parse(text, { merge: true })));
  const services = parts.flatMap((part) => Object.values(part.services));
  return {
    sample,
    exports: script.exports,
    text: texts.join('\n'),
    images: services.flatMap(({ image }) => image ?? []),
    checks: services.flatMap(({ healthcheck }) => (healthcheck?.test ? [healthcheck.test] : [])),
    labels: Object.assign({}, ...services.map(({ deploy }) => labelMap(deploy?.labels))) as unknown,
    configs: parts.flatMap((part) => Object.values(part.configs ?? {})),
  };
}

describe('the fixture recipes', () => {
  it('have the same commits wherever and by whomever they are built', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    await writeFile(
      join(home, '.gitconfig'),
      '[user]\nname = Other\n[core]\nautocrlf = true\n[tag]\ngpgSign = true\n',
    );
    const target = join(folder, 'second');
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      TZ: 'Asia/Kathmandu',
      GIT_AUTHOR_NAME: 'Other',
      LANG: 'C',
    };
    const { stdout } = await exec(process.execPath, [BUILDER, target], { env });
    expect(stdout).toBe(recipes.map(({ name, head }) => `${join(target, name)} ${head}\n`).join(''));
    for (const name of NAMES) {
      const tags = await exec('git', ['-C', join(target, name), 'show-ref', '--tags']);
      expect(tags.stdout).toBe(await git(name, 'show-ref', '--tags'));
    }
  });

  it('are left alone when they are there already, and replaced when they differ', async () => {
    const inode = async (name: string) => (await stat(recipe(name).path)).ino;
    const before = await Promise.all(NAMES.map(inode));
    expect(await buildRecipes(join(folder, 'first'))).toEqual(recipes);
    expect(await Promise.all(NAMES.map(inode))).toEqual(before);
    await git('custom-html', 'tag', 'stray');
    expect(await buildRecipes(join(folder, 'first'))).toEqual(recipes);
    expect(await git('custom-html', 'tag', '--list', 'stray')).toBe('');
    expect(await readdir(join(folder, 'first'))).toEqual(NAMES);
  });

  it('are tested without a folder of settings, but for custom-html and the real applications', async () => {
    const configured = await readdir(join(import.meta.dirname, '../../../recipes'));
    const own = ['custom-html', 'gitea', 'keycloak', 'matrix-synapse'];
    expect(NAMES.filter((name) => configured.includes(name))).toEqual(own);
  });
});

describe.each(NAMES)('the fixture recipe %s', (name) => {
  const published = Object.keys(EXPECTED[name] ?? {}).filter((ref) => ref !== 'main');

  it('has annotated version tags and an untagged head that follows them', async () => {
    expect([...recipe(name).tags.keys()]).toEqual(published);
    for (const [tag, commit] of recipe(name).tags) {
      expect((await git(name, 'cat-file', '-t', tag)).trim()).toBe('tag');
      expect((await git(name, 'rev-parse', `${tag}^{commit}`)).trim()).toBe(commit);
    }
    expect((await git(name, 'tag', '--points-at', 'main')).trim()).toBe('');
    expect((await git(name, 'describe', 'main')).startsWith(`${published.at(-1)}-1-g`)).toBe(true);
    expect(await git(name, 'status', '--porcelain')).toBe('');
  });

  it('has notes for each release and for the next one', async () => {
    const notes = await readdir(join(recipe(name).path, 'release'));
    expect(notes.sort()).toEqual([...published, 'next']);
  });
});

it.each([
  ['custom-html', { NGINX_DEFAULT_CONF_VERSION: ['v1', 'v1', 'v2'] }],
  ['gitea', { APP_INI_VERSION: ['v1', 'v2'] }],
  ['keycloak', { APP_ENTRYPOINT_VERSION: ['v1', 'v1'] }],
  ['matrix-synapse', { ENTRYPOINT_VERSION: ['v1', 'v1'] }],
  ['matrix-synapse', { HOMESERVER_VERSION: ['v1', 'v2'] }],
  ['matrix-synapse', { PG_BACKUP_VERSION: ['v1', 'v1'] }],
  ['notes-mariadb', { MYSQL_BACKUP_VERSION: ['v1', 'v2', 'v2'] }],
  ['notes-postgres', { PG_BACKUP_VERSION: ['v1', 'v2', 'v2'] }],
])(
  'the fixture recipe %s raises the version of its config exactly when the content changes',
  async (name, expected) => {
    const refs = Object.keys(EXPECTED[name] ?? {});
    const versions = await Promise.all(refs.map((ref) => readVersion(name, ref)));
    const [variable = '', numbers] = Object.entries(expected)[0] ?? [];
    expect(versions.map(({ exports }) => exports[variable])).toEqual(numbers);
    const contents = await Promise.all(
      versions.map(async ({ configs }, index) => {
        const config = configs.find((one) => one.name.endsWith(`_\${${variable}}`));
        return git(name, 'show', `${refs[index]}:${config?.file}`);
      }),
    );
    const changes = (values: readonly (string | undefined)[]) =>
      values.map((value, index) => index > 0 && value !== values[index - 1]);
    expect(changes(contents)).toEqual(changes(numbers ?? []));
  },
);

describe.each(REFS)('the fixture recipe $name at $ref', ({ name, ref, version, images }) => {
  it('names its images with their tags, and its version', async () => {
    const read = await readVersion(name, ref);
    expect(read.images).toEqual(images);
    expect(read.labels).toMatchObject({ [`coop-cloud.\${STACK_NAME}.version`]: version });
    const seconds = name === 'matrix-synapse' ? 900 : 300;
    expect(read.labels).toMatchObject({ [`coop-cloud.\${STACK_NAME}.timeout`]: `\${TIMEOUT:-${seconds}}` });
  });

  it('has a health check for every service', async () => {
    const { checks } = await readVersion(name, ref);
    expect(checks).toHaveLength(images.length);
  });

  it('uses no variable that neither its sample nor abra.sh names', async () => {
    const { text, sample, exports } = await readVersion(name, ref);
    const used = [...text.replaceAll('$$', '').matchAll(/\$\{?(\w+)/g)].map(([, variable]) => variable ?? '');
    const offered = [...sample.matchAll(/^#?(\w+)=/gm)].map(([, variable]) => variable);
    const known = new Set([...offered, ...Object.keys(exports), 'STACK_NAME']);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((variable) => !known.has(variable))).toEqual([]);
    expect(sample).toContain(`TYPE=${name}\n`);
  });
});

describe.each([
  ['gitea', 'mysql_backup', 'backup.sql.gz', /^$/],
  ['keycloak', 'pg_backup', 'backup.sql', /^psql .*ALTER DATABASE "notes" ALLOW_CONNECTIONS true\n$/],
  ['matrix-synapse', 'pg_backup', 'backup.sql', /^$/],
  ['notes-postgres', 'pg_backup', 'backup.sql', /^$/],
  ['notes-mariadb', 'mysql_backup', 'backup.sql.gz', /^$/],
])('the hooks of %s', (name, script, dump, calledWithoutDump) => {
  it('are labelled at every version, for a dump in the volume db-data', async () => {
    for (const { ref } of REFS.filter((one) => one.name === name)) {
      const { labels } = await readVersion(name, ref);
      expect(labels).toMatchObject({
        'backupbot.backup': '${ENABLE_BACKUPS:-true}',
        'backupbot.backup.pre-hook': `/${script}.sh backup`,
        'backupbot.backup.volumes.db-data.path': dump,
        'backupbot.restore.post-hook': `/${script}.sh restore`,
      });
    }
  });

  it('leave the database alone when there is no dump', async () => {
    const bin = join(folder, `bin-${name}`);
    const calls = join(folder, `calls-${name}`);
    await mkdir(bin);
    await writeFile(calls, '');
    for (const program of ['dropdb', 'createdb', 'psql', 'mariadb']) {
      await writeFile(join(bin, program), `#!/bin/sh\necho "${program} $*" >>${calls}\n`);
      await chmod(join(bin, program), 0o755);
    }
    const env = {
      PATH: `${bin}:/usr/bin:/bin`,
      POSTGRES_USER: 'notes',
      POSTGRES_DB: 'notes',
      MARIADB_ROOT_PASSWORD_FILE: calls,
    };
    const restoring = exec('bash', [join(recipe(name).path, `${script}.sh`), 'restore'], { env });
    await expect(restoring).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the database stays as it is'),
    });
    expect(await readFile(calls, 'utf8')).toMatch(calledWithoutDump);
  });
});
