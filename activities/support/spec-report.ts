import { z } from 'zod';
import type { Assertion, SpecCounts } from '../../domain/stages.ts';
import { withinBudget } from '../../domain/within-budget.ts';
import type { SpecOutcome } from '../types.ts';

const MAX_TEXT = 2000;
const MAX_TITLE = 1000;
const MAX_TESTS = 1000;
/** Characters of all assertions: an activity's result is a payload. */
const BUDGET = 24_000;

const attachmentSchema = z.object({
  name: z.string(),
  contentType: z.string(),
  path: z.string().optional(),
});
const messageSchema = z.object({ message: z.string().optional() });

const testSchema = z.object({
  expectedStatus: z.string(),
  status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']),
  annotations: z.array(z.object({ type: z.string(), description: z.string().optional() })),
  results: z.array(
    z.object({
      status: z.string().optional(),
      errors: z.array(messageSchema),
      attachments: z.array(attachmentSchema),
    }),
  ),
});

const specSchema = z.object({ title: z.string(), file: z.string(), tests: z.array(testSchema) });

interface Suite {
  readonly title: string;
  readonly specs: readonly z.infer<typeof specSchema>[];
  readonly suites?: readonly Suite[] | undefined;
}
const suiteSchema: z.ZodType<Suite> = z.lazy(() =>
  z.object({ title: z.string(), specs: z.array(specSchema), suites: z.array(suiteSchema).optional() }),
);

/** The parts of the JSON report of Playwright Test 1.65 (`JSONReport` in its types) that a judgement rests on. */
const reportSchema = z.object({
  suites: z.array(suiteSchema),
  errors: z.array(messageSchema),
});

export interface Attachment {
  /** Title of the test that made it, with those of its groups. */
  readonly test: string;
  readonly contentType: string;
  /** As the runner saw it. */
  readonly path: string;
}

export type SpecVerdict = Omit<SpecOutcome, 'screenshots'>;

export interface SpecJudgement extends SpecVerdict {
  readonly attachments: readonly Attachment[];
}

export const NO_SPECS: SpecCounts = { passed: 0, failed: 0, skipped: 0 };

interface Ran {
  readonly title: string;
  readonly file: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
  /** Was declared to fail, which the runner takes for success. */
  readonly declared: boolean;
  readonly detail: string;
  readonly attachments: readonly Attachment[];
}

/**
 * What a run of specs came to. It passes only when the runner's exit code and its report both say so, every file asked
 * for contributed a test, no title occurs twice, there are enough of them, and none was skipped: a runner that found
 * nothing, or nothing but skips, also exits with 0.
 */
export function judgeReport(input: {
  /** Content of the JSON report; undefined when the runner wrote none. */
  readonly report: string | undefined;
  readonly exitCode: number;
  /** Spec files that were to run, as the report names them: relative to the recipes folder. */
  readonly files: readonly string[];
  /** How many tests of different titles there must be; 1 when absent. */
  readonly atLeast?: number;
  /** Hides secrets in what is reported. */
  readonly redact: (text: string) => string;
}): SpecJudgement {
  const judged = judge(input);
  const { assertions, reason } = judged;
  return {
    ...judged,
    assertions: withinBudget(
      assertions.map((one) => ({ ...one, ...shown(input.redact, one) })),
      BUDGET,
    ),
    ...(reason === undefined ? {} : { reason: short(input.redact(reason)) }),
  };
}

function shown(redact: (text: string) => string, { name, detail }: Assertion) {
  // Cut only what has been redacted: half a secret would not be recognised.
  return { name: short(redact(name)), detail: short(redact(detail)) };
}

function short(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
}

function judge(input: {
  report: string | undefined;
  exitCode: number;
  files: readonly string[];
  atLeast?: number;
}): SpecJudgement {
  const { exitCode } = input;
  const parsed = parse(input.report);
  if (!parsed) {
    const fault = `the runner ended with ${exitCode} and without a readable report`;
    return { ...uncollected(fault), attachments: [] };
  }
  const unreasonable = faultOfSize(parsed.suites);
  if (unreasonable !== undefined) return { ...uncollected(unreasonable), attachments: [] };
  const ran = parsed.suites.flatMap((suite) => testsOf(suite, ''));
  const attachments = ran.flatMap((test) => test.attachments);
  const [error] = parsed.errors;
  const fault = error
    ? plain(error.message ?? 'the runner failed without a message')
    : faultOfCollection(input, ran);
  if (fault !== undefined) return { ...uncollected(fault, ran), attachments };
  const assertions = ran.flatMap(toAssertion);
  const counts = count(ran);
  if (counts.failed > 0) return { assertions, status: 'fail', code: 'E_SPEC', counts, attachments };
  if (counts.skipped === 0) return { assertions, status: 'pass', counts, attachments };
  const skipped = ran.filter((test) => test.outcome === 'skip');
  const what = skipped.map((test) => `${test.title} (${test.detail})`).join('; ');
  const reason = `${counts.skipped} of ${ran.length} specs were skipped: ${what}`;
  return { assertions, status: 'unverified', reason, counts, attachments };
}

function faultOfCollection(
  { exitCode, files, atLeast = 1 }: { exitCode: number; files: readonly string[]; atLeast?: number },
  ran: readonly Ran[],
): string | undefined {
  const empty = files.filter((file) => !ran.some((test) => test.file === file));
  if (empty.length > 0) return `no tests in ${empty.join(', ')}`;
  const stray = ran.find((test) => !files.includes(test.file));
  if (stray) return `${stray.file} ran although it was not asked for`;
  const titles = new Set<string>();
  const twice = ran.find(({ title }) => titles.size === titles.add(title).size);
  if (twice) return `duplicate: more than one test is called "${twice.title}" (${twice.file})`;
  if (ran.length < atLeast) return `fewer than ${atLeast} specs of the recipe's own`;
  const failed = ran.some((test) => test.outcome === 'fail');
  if (failed === (exitCode !== 0)) return undefined;
  if (failed && ran.every(({ outcome, declared }) => outcome !== 'fail' || declared)) return undefined;
  return `the runner ended with ${exitCode}, but its report has ${failed ? '' : 'no '}failures`;
}

/**
 * Specs that nobody has reviewed may write what they like: titles of groups stand in those of all their tests, so that a
 * small report could make gigabytes.
 */
function faultOfSize(suites: readonly Suite[]): string | undefined {
  let tests = 0;
  const tooLong = (suite: Suite, outer: number): boolean => {
    const length = outer + suite.title.length;
    tests += suite.specs.length;
    return (
      suite.specs.some(({ title, file }) => length + title.length > MAX_TITLE || file.length > MAX_TITLE) ||
      (suite.suites ?? []).some((inner) => tooLong(inner, length))
    );
  };
  if (suites.some((suite) => tooLong(suite, 0))) return `titles of more than ${MAX_TITLE} characters`;
  return tests > MAX_TESTS ? `${tests} tests; at most ${MAX_TESTS} are judged` : undefined;
}

function count(ran: readonly Ran[]): SpecCounts {
  const of = (outcome: Ran['outcome']) => ran.filter((test) => test.outcome === outcome).length;
  return { passed: of('pass'), failed: of('fail'), skipped: of('skip') };
}

function parse(report: string | undefined) {
  if (report === undefined) return undefined;
  try {
    return reportSchema.safeParse(JSON.parse(report)).data;
  } catch {
    return undefined;
  }
}

/** The specs are not what they should be, so what they say is no proof. */
export function uncollected(detail: string, ran: readonly Ran[] = []): SpecVerdict {
  const broken = { name: 'the specs can be collected and run', ok: false, detail };
  return {
    assertions: [broken, ...ran.flatMap(toAssertion)],
    status: 'fail',
    code: 'E_SPEC_COLLECT',
    counts: count(ran),
  };
}

/** A skipped test claims nothing, so it is no assertion at all. */
function toAssertion(test: Ran): Assertion[] {
  if (test.outcome === 'skip') return [];
  return [{ name: `spec: ${test.title}`, ok: test.outcome === 'pass', detail: test.detail }];
}

function testsOf(suite: Suite, prefix: string): Ran[] {
  const own = suite.specs.flatMap((spec) =>
    spec.tests.map((test) => ranOf(test, `${prefix}${spec.title}`, spec.file)),
  );
  // The outermost suite is the file; its name stands in the detail already.
  const inner = (suite.suites ?? []).flatMap((one) => testsOf(one, `${prefix}${one.title} › `));
  return [...own, ...inner];
}

function ranOf(test: z.infer<typeof testSchema>, title: string, file: string): Ran {
  const last = test.results.at(-1);
  const outcome = outcomeOf(test);
  const attachments = test.results.flatMap((result) =>
    result.attachments.flatMap(({ contentType, path }) => (path ? [{ test: title, contentType, path }] : [])),
  );
  const messages = (last?.errors ?? []).map((error) => plain(error.message ?? ''));
  const skip = test.annotations.find(({ type }) => type === 'skip' || type === 'fixme');
  const detail = {
    pass: file,
    fail: `${file}: ${messages.join('; ') || `ended as ${last?.status ?? 'not run'}, expected ${test.expectedStatus}`}`,
    skip: skip?.description ?? 'no reason given',
  }[outcome];
  const declared = test.expectedStatus === 'failed';
  return { title, file, outcome, declared, detail, attachments };
}

/**
 * `test.fail()` makes a failure "expected"; here a test passes only by passing. The runner counts one that it was told to
 * end among the skipped ones.
 */
function outcomeOf(test: z.infer<typeof testSchema>): Ran['outcome'] {
  if (test.results.some(({ status }) => status === 'interrupted')) return 'fail';
  if (test.status === 'skipped') return 'skip';
  const passed = test.results.length > 0 && test.results.every((result) => result.status === 'passed');
  return passed && test.status === 'expected' && test.expectedStatus === 'passed' ? 'pass' : 'fail';
}

/** Messages carry the colours of a terminal. */
function plain(message: string): string {
  return message.replace(/\u001b\[[0-9;]*m/g, '').trim();
}
