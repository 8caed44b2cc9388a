import { databaseEngine } from '../stores.ts';
import { backupLabels, contains, overlap, savedVolumes, type BackupLabels } from './backup-labels.ts';
import type { LintRule, Problem } from './rule.ts';

const saveNothing: LintRule = {
  id: 'CCI-BACKUP-NOTHING',
  severity: 'error',
  what: 'Labels ask for a backup that holds nothing, or less than they name: no volume, a volume or path that the service does not mount, or all volumes excluded.',
  remedy:
    'Put the labels on the service that mounts the volume, and name volumes by their key in the compose file.',
  check: (input) =>
    backupLabels(input)
      .filter(({ enabled }) => enabled)
      .flatMap(emptyParts),
};

function emptyParts(backup: BackupLabels): Problem[] {
  const { service, volumes, targets, paths, selections } = backup;
  const at = (label: string) => ({ path: ['services', service, 'deploy', 'labels', label] });
  if (targets.length === 0) {
    return [{ at: at('backupbot.backup'), message: `${service} is to be saved, and mounts no volume` }];
  }
  const mounted = volumes.map(({ volume }) => volume);
  const unknown = selections.filter(({ volume }) => !mounted.includes(volume));
  const outside = paths.filter((path) => !targets.some((target) => overlap(path, target)));
  const nothingLeft = savedVolumes(backup).length === 0 && paths.length === 0;
  return [
    ...unknown.map(({ label, volume }) => ({
      at: at(label),
      message: `${service} mounts no volume ${volume}`,
    })),
    ...outside.map((path) => ({
      at: at('backupbot.backup.path'),
      message: `${path} lies on no volume of ${service}`,
    })),
    ...(nothingLeft
      ? [{ at: at('backupbot.backup'), message: `every volume of ${service} is excluded from its backup` }]
      : []),
  ];
}

const mixedVersions: LintRule = {
  id: 'CCI-BACKUP-MIXED',
  severity: 'warning',
  what: 'One service has backup labels of version 1 (`backupbot.backup.path`) and of version 2; which of them count is not defined.',
  remedy: 'Replace backupbot.backup.path by backupbot.backup.volumes.<volume>.path.',
  check: (input) =>
    backupLabels(input)
      .filter(
        ({ labels, selections, paths }) =>
          paths.length > 0 &&
          (selections.length > 0 ||
            Object.keys(labels).some((label) => label.startsWith('backupbot.restore.'))),
      )
      .map(({ service }) => ({
        at: { path: ['services', service, 'deploy', 'labels', 'backupbot.backup.path'] },
        message: `${service} has backup labels of versions 1 and 2`,
      })),
};

const DATABASE_FOLDER = /postgres|pgdata|mysql|mariadb/i;

const hotDatabase: LintRule = {
  id: 'CCI-BACKUP-HOT-DATABASE',
  severity: 'error',
  what: 'The files of a running database are saved as they are: the copy need not be consistent, and putting files back does not change what the server has in memory.',
  remedy: 'Add a pre-hook that writes a dump, save only the dump, and add a restore post-hook that reads it.',
  check: (input) =>
    backupLabels(input)
      .filter(
        ({ enabled, image, labels }) =>
          enabled && databaseEngine(image) && !labels['backupbot.backup.pre-hook'],
      )
      .flatMap((backup) => {
        const whole = wholeDatabaseFolder(backup);
        if (whole === undefined) return [];
        return [
          {
            at: { path: ['services', backup.service, 'deploy', 'labels', 'backupbot.backup'] },
            message: `${backup.service}: ${whole} is saved while the database runs, without a dump`,
          },
        ];
      }),
};

function wholeDatabaseFolder(backup: BackupLabels): string | undefined {
  const inPart = backup.selections.filter(({ kind }) => kind === 'path').map(({ volume }) => volume);
  return savedVolumes(backup)
    .filter(({ volume, target }) => !inPart.includes(volume) && DATABASE_FOLDER.test(target))
    .map(({ target }) => target)
    .find((target) => backup.paths.length === 0 || backup.paths.some((path) => contains(path, target)));
}

export const BACKUP_RULES: readonly LintRule[] = [saveNothing, mixedVersions, hotDatabase];
