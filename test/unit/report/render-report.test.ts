import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../activities/support/report/render-report.ts';
import { VERDICTS } from '../../../domain/results.ts';
import { greenFacts, INJECTION, redFacts } from '../support/sample-report.ts';

/** What a person reads, without style and script. */
function textOf(html: string): string {
  return html
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

describe('the report of a run', () => {
  it('says verdict, reason, whose fault it is and what to do before all else', () => {
    const text = textOf(renderReport(redFacts()).split('<main>')[1] ?? '');
    const order = [
      'failed',
      'install: shows the start page',
      '0 of 5',
      'E_SPEC',
      'the recipe, or the test that failed',
      'What to do next',
      'Read the trace of the spec.',
      '1 object is left on the host',
      'What was run',
    ].map((part) => text.indexOf(part));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
  });

  it('tells every attempt of a stage, and what is usual for it [R-26]', () => {
    const facts = greenFacts();
    const stages = facts.results.stages.map((stage) =>
      stage.name === 'upgrade'
        ? { ...stage, attempts: 3, retries: [{ step: 'upgrade site', attempts: 3 }] }
        : stage,
    );
    const usual = { runs: 12, p50Ms: 15_000, p95Ms: 18_000 };
    const timing = [
      { stage: 'install' as const, ...usual, durationMs: 1500, slow: false },
      { stage: 'upgrade' as const, ...usual, durationMs: 41_000, slow: true },
    ];
    const text = textOf(renderReport({ ...facts, results: { ...facts.results, stages, timing } }));
    expect(text).toContain('took 1.5 s · usually 15 s (12 runs)');
    expect(text).toContain('3 attempts · slower than usual: 41 s, p95 18 s over 12 runs');
    expect(text).toContain('Repeated after a fault of the infrastructure: upgrade site (3 attempts)');
  });

  it('has every part, in the order in which people ask', () => {
    const headings = [...renderReport(greenFacts()).matchAll(/<h2 id="[^"]*">([^<]*)/g)].map(
      ([, title]) => title,
    );
    expect(headings).toEqual([
      'What was run',
      'Rungs',
      'Stages',
      'Downtime during the upgrade',
      'Backup attempts',
      'Lint findings',
      'Images and digests',
      'Markers',
      'Removal',
      'Standard of proof',
      'Logs',
      'Screenshots and traces',
    ]);
  });

  it.each([
    ['versions and commit', /1\.0\.0\+2\.3\.4 → main.*3f2a9c1d3f2a9c1d/],
    ['the rungs', /pass 1 install .*pass 3 backup and restore/],
    ['when a stage ran', /pass install \+5\.0 s, took 1\.5 s/],
    ['what a stage claimed', /holds install holds as expected/],
    ['what a stage waited for', /\+5\.1 s app: starting, 0\/1/],
    ['the downtime', /Down 1\.2 s Longest gap 0\.8 s/],
    ['what was answered instead', /1 502 from the ingress/],
    ['the backups', /1 ✓ complete abc 3 90 bytes/],
    [
      'findings with file, line and remedy',
      /warning compose\.yml:7 has no health check CCI-1 Remedy: add one/,
    ],
    ['images of base and head', /nginx:1\.26 base sha256:0b0b nginx:1\.27 head sha256:0a0a/],
    ['markers', /a file in volume data app file yes data:m\.txt/],
    ['the removal', /nothing left .*Removed 1 object Took 3\.1 s/],
    ['the standard of proof', /proven 1 whole run passed in a row, 1 needed\./],
    [
      'logs of stages and services',
      /install 2 lines first line ✓ a spec passed .*app 1 line app \| ready to serve/,
    ],
    ['that a picture is too large', /Too large to be shown here\. custom-1-huge\.png/],
  ])('shows %s', (_what, pattern) => {
    expect(textOf(renderReport(greenFacts()))).toMatch(pattern);
  });

  it('shows of a red run what broke, in how many attempts, what is left, and links to traces and log', () => {
    const html = renderReport(redFacts());
    const text = textOf(html);
    expect(text).toMatch(/fail install \+1\.5 s, took 1\.5 s · 2 attempts · 1 of 2 assertions broken/);
    expect(text).toContain('not reached upgrade');
    expect(text).toMatch(/1 left volume samp_data/);
    expect(html).toContain('href="traces/install-1-start.zip"');
    expect(html).toContain('<details class="log" id="log-install" open>');
    expect(html).toContain('href="#log-install"');
  });

  it('says the first line of a long reason at once, and what a tool said below it as it stands', () => {
    const { results } = redFacts();
    const html = renderReport({
      ...redFacts(),
      results: { ...results, reason: 'the spec: not so\n\n  17 | a\n> 18 | b\n' },
    });
    expect(html).toContain(
      '<p class="reason">the spec: not so</p>\n<pre class="excerpt">  17 | a\n&gt; 18 | b</pre>',
    );
  });

  it('names what was refused, with file and line', () => {
    const { plan } = greenFacts();
    const refusal = {
      code: 'E_POLICY' as const,
      rule: 'host-network',
      file: 'compose.yml',
      line: 9,
      message: 'joins the network of the host',
    };
    expect(textOf(renderReport(greenFacts({ plan: { ...plan!, refusals: [refusal] } })))).toContain(
      'refused compose.yml:9 joins the network of the host E_POLICY, host-network',
    );
  });

  it('says what of a log was left out, and where', () => {
    expect(textOf(renderReport(redFacts()))).toMatch(
      /2 lines · 4\.0 KiB left out a … 4\.0 KiB left out; all of it is in logs\/services\/0a1b2c3d\/app\.log … z/,
    );
  });

  it('makes no element of what a log, a reason, a name or a detail says', () => {
    const html = renderReport(redFacts());
    expect(html).not.toContain(INJECTION);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html.match(/<img/g)).toHaveLength(1);
    expect(html).not.toMatch(/<[^>]*\son\w+=/);
  });

  it('needs nothing from anywhere and allows only its own style and script', () => {
    const html = renderReport(greenFacts());
    const loaded = [
      ...html.matchAll(/<(?:img|link|script|iframe|source|use)\b[^>]*?(?:src|href)="([^"]*)"/g),
    ];
    expect(loaded.map(([, url]) => url?.slice(0, 5))).toEqual(['data:', 'data:']);
    expect(html).not.toMatch(/url\(|@import|style="/);
    expect(html).toMatch(
      /Content-Security-Policy" content="default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-/,
    );
  });

  it.each(VERDICTS)('can be made of a run that was %s before it had anything else', (verdict) => {
    const { results } = greenFacts();
    const bare = {
      results: {
        ...results,
        verdict,
        stages: [],
        images: [],
        stagesWanted: [],
        lint: undefined,
        markers: undefined,
        teardown: undefined,
        proof: undefined,
        backup: undefined,
        downtime: undefined,
      },
      waits: [],
      samples: [],
      backups: [],
      logs: [],
      screenshots: [],
      traces: [],
      files: [],
    };
    const html = renderReport({
      ...bare,
      results: JSON.parse(JSON.stringify(bare.results)) as typeof results,
    });
    expect(textOf(html)).toContain(verdict);
    expect(html.match(/<section/g)).toHaveLength(3);
  });

  it('costs half a second of the processor at most, even with the largest logs that it holds', () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, index) => `\u001b[36m${index}\u001b[0m ${'x'.repeat(80)}`,
    );
    const before = process.cpuUsage();
    const html = renderReport(greenFacts({ logs: [{ name: 'install.log', stage: 'install', lines }] }));
    expect(html.length).toBeGreaterThan(2_000_000);
    // Not the time that passes: others may have the processor.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
  });
});
