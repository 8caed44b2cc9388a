import type { JudgedCase } from './matrix.ts';
import { nameOf } from './case.ts';

interface Recovery {
  readonly median: number | null;
  readonly max: number | null;
}

export interface FaultSummary {
  /** Distinct cases: a fault at a point on a platform. */
  readonly cases: number;
  readonly runs: number;
  readonly violations: number;
  /** Seconds from the fault until another process went on, of the cases in which one has to. */
  readonly recoverySeconds: Recovery;
  readonly byFault: readonly {
    readonly fault: string;
    readonly platforms: readonly string[];
    readonly cases: number;
    readonly runs: number;
    readonly violations: number;
    readonly verdicts: readonly string[];
    /** Until another process went on, or where none has to until the environment was gone. */
    readonly recoverySeconds: Recovery;
  }[];
  readonly violated: readonly { readonly case: string; readonly what: readonly string[] }[];
}

export function summarise(judged: readonly JudgedCase[], bystanders: readonly string[]): FaultSummary {
  const faults = [...new Set(judged.map(({ one }) => one.fault))].sort();
  const violated = judged.flatMap(({ one, violations }) =>
    violations.length === 0 ? [] : [{ case: nameOf(one), what: violations }],
  );
  if (bystanders.length > 0) violated.push({ case: 'bystanders', what: bystanders });
  return {
    cases: distinct(judged),
    runs: judged.length,
    violations: violated.reduce((sum, { what }) => sum + what.length, 0),
    recoverySeconds: recoveryOf(judged.filter(({ one }) => one.takesOver === true)),
    byFault: faults.map((fault) => {
      const own = judged.filter(({ one }) => one.fault === fault);
      return {
        fault,
        platforms: [...new Set(own.map(({ one }) => one.platform))].sort(),
        cases: distinct(own),
        runs: own.length,
        violations: own.reduce((sum, { violations }) => sum + violations.length, 0),
        verdicts: [...new Set(own.map(({ verdict }) => verdict))].sort(),
        recoverySeconds: recoveryOf(own),
      };
    }),
    violated,
  };
}

function distinct(judged: readonly JudgedCase[]): number {
  return new Set(judged.map(({ one }) => nameOf(one))).size;
}

function recoveryOf(judged: readonly JudgedCase[]): Recovery {
  const all = judged.flatMap(({ recoverySeconds }) => recoverySeconds ?? []).sort((a, b) => a - b);
  return { median: all[Math.floor((all.length - 1) / 2)] ?? null, max: all.at(-1) ?? null };
}

/** The page docs/reliability.md. */
export function toMarkdown(summary: FaultSummary, judged: readonly JudgedCase[]): string {
  const seconds = (value: number | null | undefined) => (typeof value === 'number' ? value.toFixed(1) : '–');
  const faults = summary.byFault.map(
    ({ fault, platforms, cases, runs, verdicts, recoverySeconds: { median, max }, violations }) =>
      `| ${fault} | ${platforms.join(', ')} | ${cases} | ${runs} | ${verdicts.join(', ')} | ${seconds(median)} | ${seconds(max)} | ${violations} |`,
  );
  const cases = [...judged]
    .sort((a, b) => (nameOf(a.one) < nameOf(b.one) ? -1 : 1))
    .map(
      ({ one, verdict, recoverySeconds, violations }) =>
        `| ${one.fault} | ${one.place} | ${one.platform} | ${verdict} | ${seconds(recoverySeconds)} | ${violations.length} |`,
    );
  const { median, max } = summary.recoverySeconds;
  return `${INTRODUCTION}
## Result

${summary.cases} cases, ${summary.runs} runs, ${summary.violations} violations. Where another process had to take over, it
did so after ${seconds(median)} s in the median and ${seconds(max)} s at most.

## By fault

| Fault | Platform | Cases | Runs | Verdicts | Median s | Longest s | Violations |
| --- | --- | --- | --- | --- | --- | --- | --- |
${faults.join('\n')}

## Every case

| Fault | Where it struck | Platform | Verdict | Seconds | Violations |
| --- | --- | --- | --- | --- | --- |
${cases.join('\n')}
`;
}

const INTRODUCTION = `# Reliability

What happens to a run when something dies, and how that is known. This page is written by \`npm run fault\`, which
breaks things on purpose: each case starts a run, waits until it is at a certain point, does the damage, and lets an
observer judge what became of it.

Workers, supervisor and Temporal are the real processes in every case. On the platform \`swarm\` the apps are real as well;
on \`dummy\` they are entries in a file, which makes it possible to strike at every boundary there is.

The observer looks at Docker's events, the file system and Temporal, and asks no part of cc-ci. It wants, in every case:

- a verdict, and the one that is expected;
- an empty inventory soon after the end of the run: no object, file or process of the environment, and none that comes back;
- every service created once, and changed once if there was an upgrade;
- nothing made or changed behind the closed fence;
- artefacts that are complete and valid, of cancelled, terminated and deleted runs as well;
- no secret of the run in an artefact, in the log of a worker or in the database of Temporal;
- no change to anything on the daemon that is not the run's.

"Seconds" is the time from the fault until another process went on with the run. Where none has to, because the run was
ended, it is the time until its environment was gone.
`;
