import { describe, expect, it } from 'vitest';
import {
  findHopeless,
  saysItWaits,
  TaskHistory,
} from '../../../activities/platform/swarm/judge-convergence.ts';
import { crashesSince } from '../../../activities/platform/swarm/service-states.ts';
import {
  endedForGood,
  settledAt,
  type ServiceView,
} from '../../../activities/platform/swarm/service-state.ts';
import { exits, judge, NOW, view, type TaskFacts } from './sample-services.ts';

const whole = (facts: Partial<TaskFacts> | undefined): TaskFacts[] =>
  facts?.state === undefined ? [] : [{ ...facts, state: facts.state }];

describe('whether a service is ready', () => {
  it('is not said of the old tasks before swarm has begun to replace them', () => {
    const changed = view('app', [{ state: 'running', image: 'app:1' }], { image: 'app:2' });
    expect(judge(changed).blocked).toEqual(['no task yet, 0/1']);
  });

  it('is not said while an old task still runs beside the new one', () => {
    const both = view('app', [{ state: 'running' }, { state: 'running', image: 'app:0' }]);
    expect(judge(both).blocked).toEqual(['1 old tasks still run']);
  });

  it('is said of one that runs as asked', () => {
    expect(judge(view('app', [{ state: 'running' }]))).toEqual({ hopeless: undefined, blocked: [undefined] });
  });
});

describe('from when on a service is settled', () => {
  const from = (health: ServiceView['health']) =>
    settledAt({ ...view('app', [{ state: 'running', second: 4 }]), health }) - NOW;

  it('is when its task began to run where a check vouches for it, and a while later where none does', () => {
    expect(from('healthy')).toBe(4000);
    expect(from('none')).toBe(5500);
    expect(settledAt(view('app', []))).toBeLessThan(NOW);
  });
});

describe('what has crashed since a deploy had converged', () => {
  const since = NOW + 10_000;

  it('is not what ended before, nor what was stopped, nor what an earlier version did [F-54]', () => {
    const tasks = [
      ...exits(3, 1),
      { state: 'shutdown', exit: 0, second: 20 },
      { state: 'failed', exit: 1, second: 20, image: 'app:0' },
    ];
    expect(crashesSince(view('app', tasks), since)).toEqual({});
    expect(crashesSince(view('app', exits(1, 1, 20)), undefined)).toEqual({});
  });

  it('is counted with the reason of the last and the longest life', () => {
    const { crashes } = crashesSince(view('app', exits(2, 7, 20)), since);
    expect(crashes).toMatchObject({
      count: 2,
      longestMs: 10_000,
      reason: expect.stringContaining('exit code 7'),
    });
  });

  it('is a good end as well, where none is meant', () => {
    const ended = [{ state: 'complete', exit: 0, second: 20 }];
    expect(crashesSince(view('app', ended), since)).toHaveProperty('crashes.count', 1);
    expect(crashesSince(view('app', ended, { condition: 'on-failure' }), since)).toEqual({});
  });
});

describe('whether a service is given up', () => {
  it('takes three exits with one code once all others are up', () => {
    const db = view('db', [{ state: 'running', second: 4 }]);
    expect(judge(db, view('app', exits(2, 1, 11))).hopeless).toBeUndefined();
    expect(judge(db, view('app', exits(3, 1, 11))).hopeless).toMatchObject({
      code: 'E_CRASH_LOOP',
      service: 'app',
      mayWait: true,
    });
  });

  it('takes two when each came right after the start, the delay of swarm included', () => {
    const quick = (age: number) => exits(2, 1, 11).map((facts) => ({ ...facts, age }));
    expect(judge(view('app', quick(8.9))).hopeless).toMatchObject({ code: 'E_CRASH_LOOP', mayWait: false });
    expect(judge(view('app', quick(9.1))).hopeless).toBeUndefined();
    expect(judge(view('app', quick(8.9).slice(1))).hopeless).toBeUndefined();
    const [first, second] = quick(1);
    expect(judge(view('app', [{ ...first, exit: 2 }, second].flatMap(whole))).hopeless).toBeUndefined();
  });

  it('does not count exits of an earlier wait that ended well', () => {
    const history = new TaskHistory(NOW + 15_000);
    const app = view('app', exits(3, 1, 11));
    history.add([app]);
    expect(findHopeless([app], history)).toBeUndefined();
    const again = view('app', exits(3, 1, 16));
    history.add([again]);
    expect(findHopeless([again], history)).toMatchObject({ code: 'E_CRASH_LOOP' });
  });

  it('is not said of one that has just come up beside others', () => {
    const db = view('db', [{ state: 'running', second: 4 }]);
    const tasks = [...exits(3, 1, 11), { state: 'running', second: 14 }];
    expect(judge(db, view('app', tasks)).hopeless).toBeUndefined();
  });

  it('gives a service without a health check a while to answer, and one with a check none [F-54]', () => {
    const db = view('db', [{ state: 'running', second: 10 }]);
    const app = view('app', exits(3, 1, 12));
    expect(judge(db, app).hopeless).toBeUndefined();
    expect(judge({ ...db, health: 'healthy' }, app).hopeless).toMatchObject({ code: 'E_CRASH_LOOP' });
    expect(judge(db, view('app', exits(3, 1, 17))).hopeless).toMatchObject({ code: 'E_CRASH_LOOP' });
  });

  it.each([
    ['Error: connect ECONNREFUSED 10.0.1.5:5432', true],
    ['| could not connect to server: Connection refused', true],
    ["getaddrinfo EAI_AGAIN 'db'", true],
    ['Waiting for database...', true],
    ["Cannot find module '/app/main.js'", false],
    ['fatal: invalid configuration', false],
  ])('knows from %s whether it waits for another: %s [F-54]', (line, waits) => {
    expect(saysItWaits(line)).toBe(waits);
  });

  it('does not count exits from before the others were up [F-54]', () => {
    const db = { ...view('db', [{ state: 'running', second: 10 }]), health: 'healthy' as const };
    expect(judge(db, view('app', exits(5, 2))).hopeless).toBeUndefined();
  });

  it('takes more exits while others still start, but not any number [F-55]', () => {
    const db = view('db', [{ state: 'starting' }]);
    expect(judge(db, view('app', exits(5, 2))).hopeless).toBeUndefined();
    expect(judge(db, view('app', exits(8, 2))).hopeless).toMatchObject({ code: 'E_CRASH_LOOP' });
  });

  it('is said at once of one with a health check that ended well and is not started again', () => {
    const server = { condition: 'on-failure', checked: true };
    const ended = view('app', [{ state: 'complete', exit: 0, second: 40 }], server);
    expect(judge(ended).hopeless).toMatchObject({
      code: 'E_CRASH_LOOP',
      reason: expect.stringContaining('restart_policy is on-failure'),
    });
    expect(endedForGood(ended)).toContain('exit code 0');
  });

  it('is not said of the same while another task of it starts, of an older version, or of a one-shot service', () => {
    const done: TaskFacts = { state: 'complete', exit: 0, second: 40 };
    const server = { condition: 'on-failure', checked: true };
    expect(judge(view('app', [done, { state: 'starting' }], server)).hopeless).toBeUndefined();
    expect(judge(view('app', [{ ...done, image: 'app:0' }], server)).hopeless).toBeUndefined();
    expect(judge(view('app', [done], { condition: 'on-failure' })).hopeless).toBeUndefined();
    expect(judge(view('app', [done], { checked: true })).hopeless).toBeUndefined();
  });

  it('does not take different exit codes for a loop', () => {
    expect(judge(view('app', [...exits(2, 1), ...exits(2, 2)])).hopeless).toBeUndefined();
  });

  it('takes a service that ends well again and again for a loop, when it is not meant to end', () => {
    const ended = Array.from({ length: 3 }, (_, second) => ({ state: 'complete', exit: 0, second }));
    expect(judge(view('app', ended)).hopeless).toMatchObject({
      reason: expect.stringContaining('exit code 0'),
    });
    expect(judge(view('app', ended, { condition: 'on-failure' })).hopeless).toBeUndefined();
  });

  it('forgets exits of a version that has been replaced', () => {
    const old = exits(4, 1).map((facts) => ({ ...facts, image: 'app:0' }));
    expect(judge(view('app', [...old, { state: 'running', second: 20 }])).hopeless).toBeUndefined();
  });
});
