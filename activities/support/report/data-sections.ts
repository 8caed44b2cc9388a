import type { ReportFacts } from './facts.ts';
import { markup } from './markup.ts';
import { badge, code, counted, formatBytes, table, type Section } from './parts.ts';

/** Every whole backup that was tried; those of a run that was stopped are in its records only. */
export function backupSection({ results, backups }: ReportFacts): Section | undefined {
  const attempts = results.backup?.attempts ?? backups;
  if (attempts.length === 0) return undefined;
  const rows = attempts.map(({ attempt, snapshot, files, bytes, code: failure, faults }) => [
    attempt,
    faults.length === 0 && failure === undefined ? badge('pass', 'complete') : badge('fail', 'incomplete'),
    snapshot === undefined ? '–' : code(snapshot),
    files,
    formatBytes(bytes),
    [failure, ...faults].filter((text) => text !== undefined).join('; '),
  ]);
  return {
    id: 'backup',
    title: 'Backup attempts',
    body: table('Backup attempts', ['Attempt', 'Outcome', 'Snapshot', 'Files', 'Size', 'Faults'], rows),
  };
}

/** Data of the run in the app, which had to survive. */
export function markersSection({ results: { markers } }: ReportFacts): Section | undefined {
  if (!markers || markers.length === 0) return undefined;
  const rows = markers.map(({ what, service, kind, backedUp, volume, path, databases }) => [
    what,
    service,
    kind,
    backedUp ? 'yes' : 'no',
    kind === 'file'
      ? code([volume, path].filter((part) => part !== undefined).join(':'))
      : databases?.join(', '),
  ]);
  const body = table('Markers', ['Marker', 'Service', 'Kind', 'In the backup', 'Where'], rows);
  return { id: 'markers', title: 'Markers', body };
}

/** Why nothing was created at all. */
export function refusalsSection({ plan }: ReportFacts): Section | undefined {
  if (!plan || plan.refusals.length === 0) return undefined;
  const body = markup`<ul class="claims">${plan.refusals.map(
    ({ code: failure, rule, file, line, message }) =>
      markup`<li>${badge('fail', 'refused')} ${code(`${file}:${line}`)} ${message} <span class="muted">${failure}, ${rule}</span></li>\n`,
  )}</ul>`;
  return { id: 'refusals', title: 'Refusals', body };
}

/** What the linter says about the recipe. */
export function lintSection({ results: { lint } }: ReportFacts): Section | undefined {
  if (!lint) return undefined;
  const body =
    lint.length === 0
      ? markup`<p>${badge('pass', 'no findings')}</p>`
      : markup`<ul class="claims">${lint.map(
          ({ id, severity, file, line, message, remedy }) =>
            markup`<li>${badge(severity === 'error' ? 'fail' : 'unverified', severity)} ${code(`${file}:${line}`)} ${message} <span class="muted">${id}</span><span class="detail">Remedy: ${remedy}</span></li>\n`,
        )}</ul>`;
  return { id: 'lint', title: 'Lint findings', body };
}

/** The images of base and head with the digests that were used. */
export function imagesSection({ results: { images }, plan }: ReportFacts): Section | undefined {
  const named = (which: 'base' | 'head') => plan?.images[which] ?? [];
  const names = new Set([...named('base'), ...named('head'), ...images.map(({ name }) => name)]);
  if (names.size === 0) return undefined;
  const rows = [...names].map((name) => {
    const digest = images.find((image) => image.name === name)?.digest;
    const versions = (['base', 'head'] as const).filter((which) => named(which).includes(name));
    return [code(name), versions.join(', '), digest === undefined ? 'not known' : code(digest)];
  });
  const body = table('Images', ['Image', 'Version', 'Digest'], rows);
  return { id: 'images', title: 'Images and digests', body };
}

/** How much the run proves, seen with those before it. */
export function proofSection({ results: { proof, baseFailure } }: ReportFacts): Section | undefined {
  if (!proof && !baseFailure) return undefined;
  const body = markup`${
    proof &&
    markup`<p>${badge(proof.greens >= proof.needed ? 'pass' : 'unverified', proof.greens >= proof.needed ? 'proven' : 'not proven')} ${counted(proof.greens, 'whole run')} passed in a row, ${proof.needed} needed${
      proof.needed > 1 ? ', because the same commit has both passed and failed lately' : ''
    }.</p>`
  }${
    baseFailure && markup`<p>The base did not install: ${code(baseFailure.code)} ${baseFailure.reason}</p>`
  }`;
  return { id: 'proof', title: 'Standard of proof', body };
}
