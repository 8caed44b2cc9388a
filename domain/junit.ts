import { create } from 'xmlbuilder2';
import type { Results } from './results.ts';
import type { StageResult } from './stages.ts';

/** One test case; without a fault it passed. */
interface Case {
  readonly name: string;
  readonly fault?: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly message: string;
    /** A code of the error table. */
    readonly type?: string | undefined;
  };
}

interface Suite {
  readonly name: string;
  /** ISO time. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly cases: readonly Case[];
}

/**
 * The results as JUnit's XML: a suite for each stage, a case for each assertion and spec, and a suite `run` for the
 * verdict, so that the document is red exactly when the run is not passed. A suite has the time at which its stage began,
 * or the run, where the stage did not. What cannot move the verdict is never a
 * failure in it: findings of the linter are shown as skipped.
 */
export function toJunit(results: Results): string {
  const stages = results.stagesWanted.map((name): Suite => {
    const stage = results.stages.find((one) => one.name === name);
    const startedAt = stage?.startedAt ?? results.startedAt;
    if (stage) return { name, startedAt, seconds: stage.durationMs / 1000, cases: casesOf(stage) };
    const fault = { kind: 'skipped', message: 'not reached' } as const;
    return { name, startedAt, seconds: 0, cases: [{ name, fault }] };
  });
  const suites = [...stages, runSuite(results)];
  const document = create({ version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '\uFFFD' });
  const root = document.ele('testsuites', {
    name: `${results.recipe} ${results.ref}`,
    ...countsOf(suites.flatMap(({ cases }) => cases)),
    time: (results.durationMs / 1000).toFixed(3),
  });
  for (const { name, startedAt, seconds, cases } of suites) {
    const suite = root.ele('testsuite', {
      name,
      ...countsOf(cases),
      time: seconds.toFixed(3),
      timestamp: startedAt,
    });
    for (const one of cases) {
      const element = suite.ele('testcase', {
        name: oneLine(one.name),
        classname: `${results.recipe}.${name}`,
      });
      if (!one.fault) continue;
      const { kind, message, type } = one.fault;
      // Readers of XML make spaces of the line breaks in an attribute; the text keeps them.
      const fault = element.ele(kind, { message: oneLine(message), ...(type === undefined ? {} : { type }) });
      if (kind !== 'skipped') fault.txt(message);
    }
  }
  return `${document.end({ prettyPrint: true })}\n`;
}

function casesOf(stage: StageResult): Case[] {
  const kind = stage.name === 'lint' ? 'skipped' : stage.status === 'fail' ? 'failure' : 'error';
  const cases = stage.assertions.map(({ name, ok, detail, code }): Case =>
    ok ? { name } : { name, fault: { kind, message: detail, type: code ?? stage.code } },
  );
  if (stage.status === 'pass' || cases.some(({ fault }) => fault)) {
    return cases.length > 0 ? cases : [{ name: stage.name }];
  }
  // Skipped, not verified, or ended before any assertion: one case says so for the stage.
  const message = stage.reason ?? stage.code ?? stage.status;
  const fault = { kind: stage.status === 'skip' ? 'skipped' : kind, message, type: stage.code } as const;
  return [...cases, { name: stage.name, fault }];
}

function runSuite(results: Results): Suite {
  const { verdict, reason, code, startedAt } = results;
  const name = 'verdict';
  if (verdict === 'passed') return { name: 'run', startedAt, seconds: 0, cases: [{ name }] };
  const kind = verdict === 'failed' ? 'failure' : 'error';
  const message = `${verdict}: ${reason ?? code ?? 'no reason known'}`;
  return { name: 'run', startedAt, seconds: 0, cases: [{ name, fault: { kind, message, type: code } }] };
}

function countsOf(cases: readonly Case[]) {
  const of = (kind: NonNullable<Case['fault']>['kind']) =>
    cases.filter(({ fault }) => fault?.kind === kind).length;
  return { tests: cases.length, failures: of('failure'), errors: of('error'), skipped: of('skipped') };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
