import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convert } from 'xmlbuilder2';
import { planSchema } from '../../../domain/plan.ts';
import { resultsSchema, teardownReportSchema } from '../../../domain/results.ts';
import type { HostPaths } from '../../../activities/support/paths.ts';

/** What is missing, cut off or not valid among the artefacts of a closed run. */
export function faultsOfArtefacts(paths: HostPaths, runId: string): string[] {
  const faults: string[] = [];
  const attempt = (what: string, look: () => void) => {
    try {
      look();
    } catch (error) {
      faults.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
  attempt('results.json', () => {
    const { environmentId } = resultsSchema.parse(json(paths.results(runId)));
    if (environmentId === undefined) return;
    attempt('teardown.json', () => teardownReportSchema.parse(json(paths.teardown(runId))));
    attempt('plan.json', () => planSchema.parse(json(paths.plan(runId))));
  });
  attempt('junit.xml', () => {
    const document = convert(readFileSync(paths.junit(runId), 'utf8'), { format: 'object' });
    if (!('testsuites' in document)) throw new Error('has no testsuites');
  });
  attempt('report.html', () => {
    if (!readFileSync(paths.report(runId), 'utf8').trimEnd().endsWith('</html>'))
      throw new Error('is cut off');
  });
  for (const file of filesBelow(paths.run(runId))) {
    if (file.endsWith('.ndjson')) {
      attempt(file, () => {
        for (const line of readFileSync(file, 'utf8').split('\n')) if (line !== '') JSON.parse(line);
      });
    }
    if (/\.(tmp|part|draft)$|draft-/.test(file)) faults.push(`${file} is left of a write`);
  }
  return faults;
}

export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
