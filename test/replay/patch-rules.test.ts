import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeHistory, readHistories, type RecordedHistory } from './histories.ts';
import { faultsOf, type Evolution } from './patch-rules.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ID = '2027-01-31-look-twice';

function sourcesBelow(folder: string): Record<string, string> {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
}

function recorded(name: string, ...patches: readonly string[]): RecordedHistory {
  const started = {
    workflowExecutionStartedEventAttributes: { workflowId: 'w', workflowType: { name: 'recipeRun' } },
  };
  const markers = patches.map((id) => {
    const data = Buffer.from(JSON.stringify({ id, deprecated: false })).toString('base64');
    return {
      markerRecordedEventAttributes: {
        markerName: 'core_patch',
        details: { 'patch-data': { payloads: [{ metadata: {}, data }] } },
      },
    };
  });
  return describeHistory(name, { events: [started, ...markers] });
}

const KEPT: Evolution = {
  sources: { 'workflows/a.ts': `if (patched('${ID}')) await look();` },
  contributing: `| id | why | can go |\n| --- | --- | --- |\n| \`${ID}\` | a second look | 2027-03-01 |\n`,
  histories: [recorded(`before-${ID}/recipe-run.passed.json`), recorded('recipe-run.passed.json', ID)],
};

describe('the rules for patches', () => {
  it('are kept by the workflows', () => {
    const contributing = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
    const sources = { ...sourcesBelow('workflows'), ...sourcesBelow('domain') };
    expect(faultsOf({ sources, contributing, histories: readHistories() })).toEqual([]);
  });

  it('accept a patch that is listed, and recorded from before and with it', () => {
    expect(faultsOf(KEPT)).toEqual([]);
  });

  it.each<[string, Partial<Evolution>, RegExp]>([
    ['no row', { contributing: '' }, /has no row/],
    ['a row too many', { sources: {} }, /no workflow has the patch/],
    ['an id that is computed', { sources: { 'workflows/a.ts': 'patched(ID)' } }, /is a literal/],
    ['an id without a date', { sources: { 'workflows/a.ts': "patched('look-twice')" } }, /is a literal/],
    [
      'no history from before',
      { histories: [recorded('recipe-run.passed.json', ID)] },
      /from before the patch/,
    ],
    [
      'a history from before that has it',
      { histories: [recorded(`before-${ID}/a.json`, ID), recorded('b.json', ID)] },
      /recorded with the patch/,
    ],
    ['no history with it', { histories: [recorded(`before-${ID}/a.json`)] }, /no history was recorded with/],
  ])('refuse %s', (_what, change, fault) => {
    expect(faultsOf({ ...KEPT, ...change }).join('\n')).toMatch(fault);
  });
});
