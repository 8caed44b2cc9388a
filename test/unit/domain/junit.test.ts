import { create } from 'xmlbuilder2';
import { describe, expect, it } from 'vitest';
import { toJunit } from '../../../domain/junit.ts';
import { STAGES } from '../../../domain/stages.ts';
import { sampleResults, sampleStage } from '../support/sample-results.ts';

interface Parsed {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly text: string;
  readonly children: Parsed[];
}

/** Reads a document back with the parser of the library, whose DOM resolves entities. */
function parse(xml: string): Parsed {
  const read = (node: ReturnType<typeof create>['node']): Parsed[] => {
    if (!('tagName' in node) || !('attributes' in node)) return [];
    const element = node as unknown as Element;
    return [
      {
        name: element.tagName,
        attributes: Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
        text: element.textContent,
        children: [...node.childNodes].flatMap(read),
      },
    ];
  };
  const [root] = read(create(xml).root().node);
  if (!root) throw new Error('no root element');
  return root;
}
interface Element {
  readonly tagName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly textContent: string;
}

const suite = (document: Parsed, name: string) =>
  document.children.find(({ attributes }) => attributes['name'] === name)?.children ?? [];
const faults = (cases: readonly Parsed[]) => cases.flatMap(({ children }) => children);

describe('junit.xml', () => {
  it('has a suite for each stage, a case for each assertion, and no fault when all is well', () => {
    const document = parse(toJunit(sampleResults()));
    expect(document.name).toBe('testsuites');
    expect(document.attributes).toMatchObject({ tests: '7', failures: '0', errors: '0', skipped: '0' });
    expect(document.children.map(({ attributes }) => attributes['name'])).toEqual([...STAGES, 'run']);
    expect(suite(document, 'install')[0]?.attributes).toEqual({
      name: 'install holds',
      classname: 'sample.install',
    });
    expect(document.children[1]?.attributes).toMatchObject({ tests: '1', time: '1.500' });
    expect(document.children.flatMap(({ children }) => faults(children))).toEqual([]);
  });

  it('gives each stage the time at which it began, and that of the run where it did not', () => {
    const stages = [
      sampleStage('lint', { startedAt: '2026-11-01T10:00:01.000Z' }),
      sampleStage('install', { startedAt: '2026-11-01T10:00:03.000Z' }),
    ];
    const stagesWanted = ['lint', 'install', 'upgrade'] as const;
    const results = sampleResults({
      startedAt: '2026-11-01T10:00:00.000Z',
      stages,
      stagesWanted: [...stagesWanted],
    });
    const times = parse(toJunit(results)).children.map(({ attributes }) => attributes['timestamp']);
    expect(times.map((time) => time?.slice(17, 19))).toEqual(['01', '03', '00', '00']);
  });

  it('tells a failure with its message and code, whatever characters are in it', () => {
    const detail = `expected "<a href='x'>" & ]]>\n  seen \u0000\u001b[31m é 😀`;
    const assertions = [
      { name: 'answers <200>', ok: true, detail: '' },
      { name: 'spec: shows & "tells"', ok: false, detail },
    ];
    const failed = sampleStage('custom', { status: 'fail', code: 'E_SPEC', reason: 'spec', assertions });
    const document = parse(
      toJunit(
        sampleResults({
          stages: [failed],
          verdict: 'failed',
          code: 'E_SPEC',
          reason: 'custom: it failed',
          stagesWanted: ['custom'],
        }),
      ),
    );
    const [good, bad] = suite(document, 'custom');
    expect([good?.attributes['name'], good?.children]).toEqual(['answers <200>', []]);
    expect(bad?.attributes['name']).toBe('spec: shows & "tells"');
    const [fault] = bad?.children ?? [];
    expect(fault).toMatchObject({ name: 'failure', attributes: { type: 'E_SPEC' } });
    expect(fault?.text).toBe(detail.replace(/[\u0000\u001b]/g, '\uFFFD'));
    expect(fault?.attributes['message']).not.toContain('\n');
    expect(faults(suite(document, 'run'))[0]).toMatchObject({
      name: 'failure',
      attributes: { message: 'failed: custom: it failed' },
    });
    expect(document.attributes).toMatchObject({ tests: '3', failures: '2', errors: '0' });
  });

  it('gives the reason of a skip, and shows what was never reached as skipped [R-43]', () => {
    const skipped = sampleStage('upgrade', { status: 'skip', reason: 'nothing before', assertions: [] });
    const stages = [sampleStage('install'), skipped];
    const document = parse(toJunit(sampleResults({ stages })));
    expect(faults(suite(document, 'upgrade'))).toMatchObject([
      { name: 'skipped', attributes: { message: 'nothing before' } },
    ]);
    expect(faults(suite(document, 'backup'))).toMatchObject([
      { name: 'skipped', attributes: { message: 'not reached' } },
    ]);
  });

  it.each(['error', 'unverified'] as const)('shows a stage that ended as %s as an error [R-38]', (status) => {
    const stages = [sampleStage('restore', { status, code: 'E_UNPROVEN', reason: 'no marker' })];
    const results = sampleResults({ stages, verdict: 'errored', reason: 'restore: no marker' });
    const document = parse(toJunit(results));
    expect(faults(suite(document, 'restore'))).toMatchObject([
      { name: 'error', attributes: { message: 'no marker', type: 'E_UNPROVEN' } },
    ]);
    expect(faults(suite(document, 'run'))).toMatchObject([{ name: 'error' }]);
  });

  it('is not red for findings of the linter, which do not move the verdict', () => {
    const assertions = [{ name: 'R001', ok: false, detail: 'compose.yml:3: no tag' }];
    const stages = STAGES.map((name) =>
      sampleStage(name, name === 'lint' ? { status: 'fail', code: 'E_LINT', assertions } : {}),
    );
    const document = parse(toJunit(sampleResults({ stages })));
    expect(document.attributes).toMatchObject({ failures: '0', errors: '0', skipped: '1' });
    expect(faults(suite(document, 'lint'))[0]?.attributes['message']).toBe('compose.yml:3: no tag');
  });
});
