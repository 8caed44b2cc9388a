import { describe, expect, it } from 'vitest';
import { lintTree } from '../../../domain/lint/lint-tree.ts';
import { composeOf, faultlessApp, places, recipeTree } from './recipe-text.ts';

const ID = 'CCI-VOLUME-RENAMED';
const NO_BACKUP = "        - 'backupbot.backup=false'\n";

/** An app with such mounts, from line 12 on, and such volumes. */
function version(mounts: readonly string[], volumes: readonly string[]) {
  const list = mounts.map((mount) => `      - ${mount}\n`).join('');
  const app = `${faultlessApp(NO_BACKUP)}    volumes:\n${list}`;
  return recipeTree({ compose: composeOf(app, `volumes:\n${volumes.map((one) => `  ${one}\n`).join('')}`) });
}

describe(ID, () => {
  it('fires where a path is on a new volume and the old one is used nowhere any more', async () => {
    const before = await version(['logs:/logs', 'data:/srv'], ['data:', 'logs:']);
    const after = await version(['logs:/logs', 'content:/srv/'], ['content:', 'logs:']);
    const findings = lintTree(after, before);
    expect(places(findings, ID)).toEqual(['compose.yml:13']);
    expect(findings).toMatchObject([
      {
        severity: 'warning',
        message: 'app: /srv was on the volume data and is now on content, which is new',
      },
    ]);
  });

  it('looks at the names that volumes have on the host, and not at their keys', async () => {
    const before = await version(['data:/srv'], ['data: { name: first }']);
    const other = await version(['data:/srv'], ['data: { name: second }']);
    const same = await version(['content:/srv'], ['content: { name: first }']);
    expect(places(lintTree(other, before), ID)).toHaveLength(1);
    expect(lintTree(same, before)).toEqual([]);
  });

  it.each([
    ['the old volume is still used', ['content:/srv', 'data:/old'], ['content:', 'data:']],
    ['the path is given up with its volume', ['content:/content'], ['content:']],
    ['a path comes new', ['data:/srv', 'content:/content'], ['content:', 'data:']],
    ['nothing has changed', ['data:/srv'], ['data:']],
    ['the path is no volume any more', ['{ type: tmpfs, target: /srv }'], ['data:']],
  ])('does not fire when %s', async (_what, mounts, volumes) => {
    const before = await version(['data:/srv'], ['data:']);
    expect(places(lintTree(await version(mounts, volumes), before), ID)).toEqual([]);
  });

  it('does not fire when two volumes have changed places', async () => {
    const before = await version(['data:/srv', 'logs:/logs'], ['data:', 'logs:']);
    const after = await version(['logs:/srv', 'data:/logs'], ['data:', 'logs:']);
    expect(places(lintTree(after, before), ID)).toEqual([]);
  });

  it('does not fire without a version before', async () => {
    expect(places(lintTree(await version(['content:/srv'], ['content:'])), ID)).toEqual([]);
  });
});
