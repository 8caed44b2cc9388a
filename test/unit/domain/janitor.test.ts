import { describe, expect, it } from 'vitest';
import {
  alarm,
  confirmed,
  judge,
  orphansOf,
  removableOrphans,
  type Owners,
  type Survey,
} from '../../../domain/janitor.ts';

const ID = '3f2a9c1d-0b4e-4a2b-8c3d-4e5f60718293';
const RUN = 'run-sample-3f2a9c1d0b4e-1a2b3c';

const survey = (...ids: string[]): Survey => ({
  environments: ids.map((environmentId) => ({ environmentId, runId: RUN, kinds: { service: 2, volume: 1 } })),
  omitted: 0,
  strangers: [],
});
const look = (owners: Omit<Owners, 'environmentId'>) =>
  judge(survey(ID), { owners: [{ environmentId: ID, ...owners }], remembers: true })[0];

describe('an environment that the janitor sees', () => {
  const ENDED = ['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT', 'GONE'];
  it.each(ENDED.flatMap((run) => ENDED.map((guard) => ({ run, guard }))))(
    'is an orphan when its run is $run and its guard $guard [R-46 F-76]',
    ({ run, guard }) => {
      expect(look({ run, guard, openGuards: [] })).toMatchObject({ fate: 'orphan', runId: RUN });
    },
  );

  const OPEN = ['RUNNING', 'PAUSED', 'CONTINUED_AS_NEW', 'UNSPECIFIED', 'UNKNOWN', 'SOMETHING_NEW'];
  it.each(OPEN)('has an owner while its run, or its guard, is %s', (status) => {
    expect(look({ run: status, guard: 'GONE', openGuards: [] })).toMatchObject({
      fate: 'owned',
      why: `its run is open (${status.toLowerCase()})`,
    });
    expect(look({ run: 'TERMINATED', guard: status, openGuards: [] })).toMatchObject({
      fate: 'owned',
      why: `its guard is open (${status.toLowerCase()})`,
    });
  });

  it('has an owner while a successor of its guard, or an adopter, is open', () => {
    const why = 'guard-x-3f2a9c1d-ab12 sees to it';
    expect(look({ run: 'COMPLETED', guard: 'FAILED', openGuards: ['guard-x-3f2a9c1d-ab12'] })).toMatchObject({
      fate: 'owned',
      why,
    });
  });

  it('is an orphan although nobody knows whose it was', () => {
    expect(look({ openGuards: [] })).toMatchObject({ fate: 'orphan', why: 'run unknown, guard unknown' });
  });

  it('counts as owned when Temporal did not answer for it', () => {
    expect(judge(survey(ID), { owners: [], remembers: true })).toMatchObject([{ fate: 'owned' }]);
  });

  it('says what it holds and how its owners ended', () => {
    expect(look({ run: 'GONE', guard: 'TERMINATED', openGuards: [] })).toMatchObject({
      holds: '2 services, 1 volume',
      why: 'run gone, guard terminated',
    });
  });

  const MUTE: Survey = { ...survey(), environments: [{ environmentId: ID, runId: RUN, kinds: {} }] };
  const owners = [{ environmentId: ID, run: 'TERMINATED', guard: 'COMPLETED', openGuards: [] }];

  it('is an orphan with nothing to remove when only the results of its run are missing', () => {
    const findings = judge(MUTE, { owners, remembers: true });
    expect(findings).toMatchObject([{ fate: 'orphan', holds: 'no object; its results are missing' }]);
    expect(removableOrphans(findings, MUTE)).toBe(0);
    const both = { ...MUTE, environments: [...MUTE.environments, ...survey('another').environments] };
    const unowned = { owners: [...owners, { environmentId: 'another', openGuards: [] }], remembers: true };
    expect(removableOrphans(judge(both, unowned), both)).toBe(1);
  });

  it('is no concern without objects where Temporal cannot tell how the run ended', () => {
    expect(judge(MUTE, { owners, remembers: false })).toEqual([]);
  });
});

describe('the second look', () => {
  const findings = (fates: Record<string, 'orphan' | 'owned'>) =>
    Object.entries(fates).map(([environmentId, fate]) => ({ environmentId, holds: '', fate, why: '' }));

  it('confirms only what was an orphan both times', () => {
    const first = findings({ a: 'orphan', b: 'orphan', c: 'owned' });
    const second = findings({ a: 'orphan', b: 'owned', c: 'orphan', d: 'orphan' });
    expect(confirmed(first, second).map(({ environmentId }) => environmentId)).toEqual(['a']);
    expect(orphansOf(second)).toHaveLength(3);
  });
});

describe('the alarm', () => {
  const limits = { atMost: 5, trustNamespace: false };
  const seen = { orphans: 1, omitted: 0, remembers: true };

  it('is silent when there are no orphans, or few enough in a Temporal that remembers', () => {
    expect(alarm({ ...seen, orphans: 0, remembers: false }, limits)).toBeUndefined();
    expect(alarm({ ...seen, orphans: 5 }, limits)).toBeUndefined();
  });

  it('goes off when Temporal remembers nothing, until a person vouches for it', () => {
    expect(alarm({ ...seen, remembers: false }, limits)).toMatchObject({ code: 'E_JANITOR_NAMESPACE' });
    expect(alarm({ ...seen, remembers: false }, { ...limits, trustNamespace: true })).toBeUndefined();
  });

  it('goes off for more environments than may go at once, and for those that were not looked at', () => {
    expect(alarm({ ...seen, orphans: 6 }, limits)).toMatchObject({
      code: 'E_JANITOR_LIMIT',
      reason: expect.stringContaining('6 of 5 allowed'),
    });
    expect(alarm({ ...seen, omitted: 1 }, limits)).toMatchObject({ code: 'E_JANITOR_LIMIT' });
    expect(alarm({ ...seen, orphans: 6 }, { ...limits, atMost: 6 })).toBeUndefined();
  });
});
