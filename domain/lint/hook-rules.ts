import { databaseEngine } from '../stores.ts';
import { backupLabels, HOOKS, scriptsIn, type BackupLabels } from './backup-labels.ts';
import type { LintRule, Problem } from './rule.ts';

const DUMP = /dump|backup|\.sql\b|\bexport/i;

/** Whether what runs before the backup writes a dump: by what the hook says, or by the script it calls. */
function dumps(backup: BackupLabels): boolean {
  const hook = backup.labels['backupbot.backup.pre-hook'];
  if (!backup.enabled || !hook) return false;
  return DUMP.test(hook) || scriptsIn(hook, backup).some(({ text }) => DUMP.test(text));
}

const noRestoreHook: LintRule = {
  id: 'CCI-BACKUP-NO-RESTORE',
  severity: 'error',
  what: 'A pre-hook writes a dump, and no restore post-hook reads it: a restore brings the dump back, but not the data.',
  remedy: 'Add backupbot.restore.post-hook with the command that imports the dump.',
  check: (input) =>
    backupLabels(input)
      .filter((backup) => dumps(backup) && !backup.labels['backupbot.restore.post-hook'])
      .map(({ service }) => ({
        at: { path: ['services', service, 'deploy', 'labels', 'backupbot.backup.pre-hook'] },
        message: `${service}: the dump is not read after a restore`,
      })),
};

const databaseNotSaved: LintRule = {
  id: 'CCI-BACKUP-NO-DATABASE',
  severity: 'warning',
  what: 'The stack saves something, but not its database.',
  remedy: 'Add backup labels with a dump and its import to the database service.',
  check: (input) => {
    const all = backupLabels(input);
    if (!all.some(({ enabled }) => enabled) || all.some(dumps)) return [];
    return all
      .filter(({ enabled, image, volumes }) => !enabled && databaseEngine(image) && volumes.length > 0)
      .map(({ service }) => ({
        at: { path: ['services', service] },
        message: `${service} has a volume and is not part of the backup`,
      }));
  },
};

const noPipefail: LintRule = {
  id: 'CCI-HOOK-PIPEFAIL',
  severity: 'warning',
  what: 'A hook pipes one command into another without `pipefail`: when the first fails, the hook succeeds with an empty dump or import.',
  remedy: 'Run the hook with bash and `set -o pipefail`, or write to a file and test it.',
  check: (input) => {
    const problems = new Map<string, Problem>();
    const looked = new Set<string>();
    for (const backup of backupLabels(input)) {
      for (const label of HOOKS) {
        const hook = backup.labels[label];
        if (hook === undefined) continue;
        if (pipeWithoutPipefail(hook) !== undefined) {
          const path = ['services', backup.service, 'deploy', 'labels', label];
          problems.set(path.join('.'), { at: { path }, message: `${label} pipes without pipefail` });
        }
        for (const { file, text } of scriptsIn(hook, backup)) {
          if (looked.has(file)) continue;
          looked.add(file);
          const line = pipeWithoutPipefail(text);
          const message = `a hook of ${backup.service} pipes without pipefail`;
          if (line !== undefined) problems.set(file, { at: { file, line }, message });
        }
      }
    }
    return [...problems.values()];
  },
};

/** Line of the first pipe, when nothing says `pipefail`. Alternatives of a `case`, `||` and templates are no pipes. */
function pipeWithoutPipefail(script: string): number | undefined {
  const lines = codeLines(script);
  if (lines.some((line) => line.includes('pipefail'))) return undefined;
  const at = lines.findIndex((line) => {
    const inner = /^\s*(?:\S*\/)?(?:ba)?sh\s+-\w*c\s+(["'])(.*)\1\s*$/.exec(line)?.[2];
    const code = (inner ?? line)
      .replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '""')
      .replaceAll(/\$\(\(.*?\)\)/g, '');
    const alternatives = /^\s*[^()\s|]+(?:\s*\|\s*[^()\s|]+)*\s*\)/.exec(code)?.[0] ?? '';
    return /(?<!\|)\|(?!\|)/.test(code.slice(alternatives.length));
  });
  return at < 0 ? undefined : at + 1;
}

/** Lines of more characters are data, and dear to search. */
const MAX_LINE = 500;
const MAX_SCRIPT = 64 * 1024;

/** The lines of a script without comments, templates and here-documents; the first one, with its options, as it is. */
function codeLines(script: string): string[] {
  let end: string | undefined;
  return script
    .slice(0, MAX_SCRIPT)
    .split('\n')
    .map((line, index) => {
      if (index === 0 && line.startsWith('#!')) return line;
      if (line.length > MAX_LINE) return '';
      if (end !== undefined) {
        if (line.trim() === end) end = undefined;
        return '';
      }
      end = /<<-?\s*['"]?([A-Za-z_]\w*)/.exec(line)?.[1];
      return line.replaceAll(/\{\{.*?\}\}/g, '').replace(/(^|\s)#.*$/, '');
    });
}

export const HOOK_RULES: readonly LintRule[] = [noRestoreHook, databaseNotSaved, noPipefail];
