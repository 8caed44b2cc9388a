import { describe, expect, it } from 'vitest';
import { lintTree } from '../../../domain/lint/lint-tree.ts';
import { composeOf, faultlessApp, lint, places, recipeTree } from './recipe-text.ts';

const VOLUMES = 'volumes:\n  data:\n';
const MOUNT = '    volumes: [data:/data]\n';

/** An app that mounts `data`, with the deploy labels from line 10 on. */
function appWith(labels: readonly string[], rest = MOUNT): string {
  const list = labels.map((label) => `        - '${label}'\n`).join('');
  return composeOf(faultlessApp(`${list}${rest}`), VOLUMES);
}

describe('CCI-BACKUP-SWITCH', () => {
  it.each([
    ['the switch is missing', ['backupbot.backup.path=/data']],
    ['the switch is misspelt', ['backupbot.bakcup=true']],
    ['the prefix is misspelt', ['backup-bot.backup=true']],
    ['the switch is a variable that nobody sets', ['backupbot.backup=${X:-}', 'backupbot.backup.path=/data']],
    ['the switch says nothing', ['backupbot.backup= ']],
  ])('fires when %s [F-50, R-28]', async (_title, labels) => {
    expect(await lint({ compose: appWith(labels) }, 'CCI-BACKUP-SWITCH')).toEqual(['compose.yml:10']);
  });

  it('fires when the labels are those of the container, and points at them [F-50]', async () => {
    const compose = appWith([], `${MOUNT}    labels:\n      backupbot.backup: 'true'\n`);
    expect(await lint({ compose }, 'CCI-BACKUP-SWITCH')).toEqual(['compose.yml:12']);
  });

  it.each([
    ['true', 'false'],
    ['false', '0'],
    ['no', 'off'],
  ])('does not fire when the switch says %s, or %s', async (...words) => {
    for (const word of words) {
      const compose = appWith([`backupbot.backup=${word}`, 'backupbot.backup.path=/data']);
      expect(await lint({ compose })).toEqual([]);
    }
  });

  it('does not fire without a label, or on those of the service that makes backups', async () => {
    expect(await lint({ compose: appWith(['coop-cloud.backupbot.enabled=true'], '') })).toEqual([]);
  });

  it('fires when the version before was backed up, and nothing says that this one is not [F-50]', async () => {
    const base = await recipeTree({ compose: appWith(['backupbot.backup=true']) });
    const after = async (labels: readonly string[]) =>
      places(lintTree(await recipeTree({ compose: appWith(labels) }), base), 'CCI-BACKUP-SWITCH');
    expect(await after([])).toEqual(['compose.yml:8']);
    expect(await after(['backupbot.backup=false'])).toEqual([]);
    expect(await after(['backupbot.backup=true'])).toEqual([]);
  });

  it('does not fire on a version that cannot be rendered', async () => {
    const base = await recipeTree({ compose: appWith(['backupbot.backup=true']) });
    const head = await recipeTree({ compose: "version: '3.8'\nservices:\n  app: {}\n  app: {}\n" });
    expect(head.stack).toBeUndefined();
    expect(places(lintTree(head, base), 'CCI-BACKUP-SWITCH')).toEqual([]);
  });
});

describe('CCI-BACKUP-NONE', () => {
  it.each([
    ['no labels', []],
    ['labels that switch nothing', ['backupbot.backup.path=/data']],
  ])('fires on a recipe with volumes and %s, at the first mount [R-28]', async (_title, labels) => {
    const expected = [`compose.yml:${10 + labels.length}`];
    expect(await lint({ compose: appWith(labels) }, 'CCI-BACKUP-NONE')).toEqual(expected);
  });

  it('does not fire without volumes, or when an operator may switch the backup on [R-28]', async () => {
    expect(await lint({ compose: appWith([], '') })).toEqual([]);
    expect(await lint({ compose: appWith(['backupbot.backup=${ENABLE_BACKUPS:-false}']) })).toEqual([]);
  });
});
