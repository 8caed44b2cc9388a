import { backupLabelsIn, isExplicit, isOn } from '../backup-labels.ts';
import { backupLabels, type BackupLabels } from './backup-labels.ts';
import { createLintInput, type LintRule, type Problem } from './rule.ts';

const SWITCH = 'backupbot.backup';

const noSwitch: LintRule = {
  id: 'CCI-BACKUP-SWITCH',
  severity: 'error',
  what: 'The recipe looks as if it were backed up, and is not: there are backup labels, but no `deploy.labels` has `backupbot.backup` on or off; or the version before was backed up, and nothing says that this one is not to be.',
  remedy:
    'Set backupbot.backup under deploy.labels of the service to "true", or to "false" if no backup is wanted.',
  check: (input) => {
    if (!input.tree.stack) return [];
    const all = backupLabels(input);
    if (all.some(({ labels }) => isExplicit(labels[SWITCH]))) return [];
    const stray = all.flatMap(strayLabels);
    if (stray.length > 0 || !input.base) return stray;
    return backupLabels(createLintInput(input.base))
      .filter(({ labels }) => isOn(labels[SWITCH]))
      .map(({ service }) => ({
        at: { path: ['services', service, 'deploy', 'labels'] },
        message: `${service} was backed up in the version before, and nothing is in this one`,
      }));
  },
};

function strayLabels({ service, labels, containerLabels }: BackupLabels): Problem[] {
  const [own] = backupLabelsIn(labels);
  const [misplaced] = backupLabelsIn(containerLabels);
  const path = ['services', service];
  if (labels[SWITCH] !== undefined) {
    const message = `${SWITCH} of ${service} is empty, which is neither on nor off`;
    return [{ at: { path: [...path, 'deploy', 'labels', SWITCH] }, message }];
  }
  if (own !== undefined) {
    const message = `${service} has ${own}, but not ${SWITCH}`;
    return [{ at: { path: [...path, 'deploy', 'labels', own] }, message }];
  }
  if (misplaced === undefined) return [];
  const message = `${service} has ${misplaced} under labels; backups look only at deploy.labels`;
  return [{ at: { path: [...path, 'labels', misplaced] }, message }];
}

const noBackup: LintRule = {
  id: 'CCI-BACKUP-NONE',
  severity: 'warning',
  what: 'The recipe has volumes, and no service says with `backupbot.backup` whether it is backed up.',
  remedy: 'Add backupbot labels to the services whose volumes hold data.',
  check: (input) => {
    const all = backupLabels(input);
    if (all.some(({ labels }) => isExplicit(labels[SWITCH]))) return [];
    const [first] = all.filter(({ volumes }) => volumes.length > 0);
    if (!first) return [];
    const [volume] = first.volumes;
    const path = ['services', first.service, 'volumes', 0];
    const hints = volume ? [volume.volume] : [];
    return [
      { at: { path, hints }, message: 'no service says whether it is backed up, and there are volumes' },
    ];
  },
};

export const SWITCH_RULES: readonly LintRule[] = [noSwitch, noBackup];
