import { describe, expect, it } from 'vitest';
import { renderChecks } from '../../../client/cli/doctor.ts';
import { ok, warn, isAtLeast, versionIn, type Check } from '../../../client/doctor/check.ts';
import { CHECKS } from '../../../client/doctor/checks.ts';
import { runChecks } from '../../../client/doctor/run-checks.ts';
import { UserError } from '../../../client/user-error.ts';
import { look } from './look.ts';

function check(name: string, look: Check['look'], limitMs = 5_000): Check {
  return { name, limitMs, remedy: 'do what helps', look };
}

const never = () => new AbortController().signal;

describe('the checks of the doctor', () => {
  it('go on side by side when one of them fails, and are reported in their order [O-36]', async () => {
    const order: string[] = [];
    const checks = [
      check('slow', async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push('slow');
        return ok('late');
      }),
      check('broken', async () => {
        order.push('broken');
        throw new Error('two\nlines');
      }),
      check('odd', async () => warn('odd', 'look.')),
    ];
    expect(await runChecks(checks, {}, never())).toEqual([
      { name: 'slow', status: 'ok', seen: 'late', remedy: null },
      { name: 'broken', status: 'fail', seen: 'two lines', remedy: 'do what helps' },
      { name: 'odd', status: 'warn', seen: 'odd', remedy: 'look' },
    ]);
    expect(order).toEqual(['broken', 'slow']);
  });

  it('take the remedy of a failure that brings one along', async () => {
    const report = await look(
      check('x', async () => {
        throw new UserError('closed', 'open it');
      }),
      {},
    );
    expect(report).toMatchObject({ status: 'fail', seen: 'closed', remedy: 'open it' });
  });

  it('are stopped when their time is up, after what they made is removed', async () => {
    let removed = false;
    const hanging = check(
      'hanging',
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            removed = true;
            reject(new Error('stopped'));
          });
        }),
      30,
    );
    expect(await look(hanging, {})).toMatchObject({ status: 'fail', seen: 'no answer within 0.03 s' });
    expect(removed).toBe(true);
  });

  it('are all stopped by an interrupt', async () => {
    const stop = new AbortController();
    const waiting = check(
      'waiting',
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('')))),
    );
    const done = runChecks([waiting, waiting], {}, stop.signal);
    stop.abort();
    expect((await done).map(({ seen }) => seen)).toEqual(['interrupted', 'interrupted']);
  });

  it('have names of their own and a remedy each', () => {
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length);
    expect(CHECKS.filter(({ remedy }) => remedy === '')).toEqual([]);
  });

  it('all give an answer where nothing at all is configured', async () => {
    const reports = await runChecks(CHECKS, {}, never());
    const fine = reports.filter(({ status }) => status === 'ok').map(({ name }) => name);
    // How much memory there is depends on the machine.
    expect(fine.filter((name) => name !== 'memory')).toEqual(['node']);
    const configured = reports.filter(({ seen }) => /^CCI_\w+ is not set/.test(seen));
    expect(configured).toHaveLength(CHECKS.length - 4);
    expect(reports.filter(({ status, remedy }) => status !== 'ok' && !remedy)).toEqual([]);
  });
});

describe('the list of checks', () => {
  it('has a line for each with what was seen and the remedy, and a count', () => {
    const reports = [
      { name: 'git', status: 'ok' as const, seen: '2.39.5', remedy: null },
      { name: 'memory', status: 'fail' as const, seen: 'none', remedy: 'Add some' },
    ];
    expect(renderChecks(reports)).toEqual([
      'ok    git     2.39.5',
      'fail  memory  none. Add some.',
      '',
      '1 ok, 0 to look at, 1 failed',
    ]);
  });
});

describe('versions', () => {
  it('are compared by their numbers', () => {
    expect(isAtLeast('20.10.24+dfsg1', '20.10')).toBe(true);
    expect(isAtLeast('9.9', '20.10')).toBe(false);
    expect(isAtLeast('2.4', '2.30')).toBe(false);
    expect(isAtLeast('3', '2.30')).toBe(true);
    expect(isAtLeast('20', '20.10')).toBe(false);
  });

  it('are found in what programs print', () => {
    expect(versionIn('Docker version 28.2.2, build e6534b4')).toBe('28.2.2');
    expect(versionIn('git')).toBeUndefined();
  });
});
