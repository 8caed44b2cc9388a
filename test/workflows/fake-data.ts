import { ApplicationFailure } from '@temporalio/activity';
import type { HostActivities } from '../../activities/types.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { LintFinding } from '../../domain/lint/finding.ts';
import type { Marker, Seeding } from '../../domain/markers.ts';

/** Activities that look: each may find something that does not hold. */
type Looking = 'assertInstalled' | 'assertServing' | 'assertVersion' | 'checkMarkers' | 'assertWritable';
type Acting = 'awaitConverged' | 'runBefore' | 'upgradeApp' | 'destroyMarkers' | 'restoreBackup';

export interface DataScript {
  /** Activities that fail with a code. */
  fails?: Partial<Record<Looking | Acting | 'lintRecipe' | 'createBackup', ErrorCode>>;
  /** Activities with an assertion that does not hold, from the given stage on (any when empty). */
  broken?: Partial<Record<Looking, string>>;
  /** Detail of the assertion that does not hold. */
  says?: string;
  /** The markers stay although they were destroyed. */
  markersStay?: boolean;
  markers?: readonly Marker[];
  unplaced?: Seeding['unplaced'];
  keepsData?: boolean;
  /** `none`: no label asks for a backup. */
  backup?: 'complete' | 'incomplete' | 'none';
  findings?: readonly LintFinding[];
  /** Told when a backup is prepared; may throw. */
  prepares?: () => void;
}

export const ROW: Marker = {
  id: 'row db',
  kind: 'row',
  service: 'db',
  what: 'a row of table ci_marker in db',
  backedUp: true,
  engine: 'postgres',
};

/** The activities of the stages after the first deploy, on a host where nothing really happens. */
export function fakeData(script: DataScript, journal: string[]) {
  const { fails = {}, broken = {}, markers = [ROW], keepsData = true } = script;
  const act = <T>(name: keyof typeof fails, note: string, value: T) => {
    journal.push(note);
    const code = fails[name];
    if (code) throw failure(code);
    return Promise.resolve(first(value));
  };
  const look = (name: Looking, note: string, stage: string, sentence: string) => {
    const ok = broken[name] === undefined || (broken[name] !== '' && broken[name] !== stage);
    return act(name, note, [{ name: sentence, ok, detail: ok ? 'seen' : (script.says ?? 'not so') }]);
  };
  return {
    lintRecipe: () => act('lintRecipe', 'lint', script.findings ?? []),
    awaitConverged: ({ stage }) => act('awaitConverged', `converged ${stage}`, []),
    assertInstalled: () =>
      look('assertInstalled', 'installed', 'install', 'answers over the public hostname'),
    assertServing: ({ stage }) => look('assertServing', `serving ${stage}`, stage, 'answers again'),
    runBefore: ({ stage }) => act('runBefore', `before ${stage}`, null),
    upgradeApp: ({ version }) =>
      act('upgradeApp', `upgrade to ${version.commit.slice(0, 8)}`, {
        deploy: { deployId: 'd2', contentHash: '01', resumed: false, services: ['app'] },
        downtime: {
          downtimeMs: 120,
          longestMs: 120,
          requests: 40,
          failed: 1,
          unobservedMs: 0,
          mode: 'start-first' as const,
        },
      }),
    assertVersion: ({ stage }) => look('assertVersion', 'prove', stage, 'the head runs'),
    seedMarkers: ({ stage }) => {
      journal.push(`seed ${stage}`);
      return Promise.resolve(first({ markers, unplaced: script.unplaced ?? [], keepsData }));
    },
    checkMarkers: ({ stage, expected, markers: asked }) => {
      if (expected === 'absent' && script.markersStay) {
        const assertions = asked.map(({ what }) => ({
          name: `${what} is gone`,
          ok: false,
          detail: 'still there',
        }));
        return Promise.resolve(first(assertions));
      }
      if (expected === 'absent') return act('awaitConverged', 'absent', []);
      return look('checkMarkers', `original ${stage}`, stage, 'the markers are as they were written');
    },
    destroyMarkers: () => act('destroyMarkers', 'destroy', null),
    // It runs beside others, so it has no place in the order of the journal.
    prepareBackup: () => {
      script.prepares?.();
      return Promise.resolve(null);
    },
    createBackup: () => {
      const attempt = { attempt: 1, files: 1, bytes: 10 };
      const services = [{ service: 'db', version: 'v2' as const, paths: [] }];
      const snapshot = { id: 'abcdef0123456789', services };
      return act(
        'createBackup',
        'backup',
        {
          complete: { snapshot, attempts: [{ ...attempt, faults: [] }] },
          incomplete: { attempts: [{ ...attempt, faults: ['db-data/backup.sql is empty'] }] },
          none: { attempts: [] },
        }[script.backup ?? 'complete'],
      );
    },
    restoreBackup: () => act('restoreBackup', 'restore', null),
    assertWritable: ({ stage }) => look('assertWritable', 'writable', stage, 'takes changes'),
  } satisfies Partial<HostActivities>;
}

/** The outcome of a step at its first attempt. */
export const first = <T>(value: T) => tried(1, value);

export const tried = <T>(attempt: number, value: T) => ({ attempt, value });

/** One that is repeated at once, and says which attempt it was, as real activities do. */
export function infraFault(attempt: number): ApplicationFailure {
  const details = [{ attempt }];
  return ApplicationFailure.create({
    type: 'E_DOCKER',
    message: 'not now',
    details,
    nextRetryDelay: 50,
  });
}

export function failure(code: ErrorCode): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`${code} as scripted`, code);
}
