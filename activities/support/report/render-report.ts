import { createHash } from 'node:crypto';
import type { ReportFacts } from './facts.ts';
import {
  backupSection,
  imagesSection,
  lintSection,
  markersSection,
  proofSection,
  refusalsSection,
} from './data-sections.ts';
import { downtimeSection } from './downtime-section.ts';
import { logsSection } from './logs-section.ts';
import { markup, trusted } from './markup.ts';
import type { Section } from './parts.ts';
import { picturesSection } from './pictures-section.ts';
import { rungsSection, runSection } from './run-section.ts';
import { SCRIPT } from './script.ts';
import { stagesSection } from './stages-section.ts';
import { STYLE } from './style.ts';
import { teardownSection } from './teardown-section.ts';
import { renderVerdict } from './verdict-section.ts';

/**
 * Nothing is loaded from anywhere, and only the page's own style and script count: whatever a log might smuggle in, it
 * would neither run nor reach anybody.
 */
const POLICY = [
  `default-src 'none'`,
  'img-src data:',
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  `base-uri 'none'`,
  `form-action 'none'`,
].join('; ');

function hashOf(source: string): string {
  return `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
}

/** The report of a run as one HTML document that needs nothing else: the verdict first, then what it rests on. */
export function renderReport(facts: ReportFacts): string {
  const { recipe, ref, verdict } = facts.results;
  const sections = [
    runSection(facts),
    rungsSection(facts),
    refusalsSection(facts),
    stagesSection(facts),
    downtimeSection(facts),
    backupSection(facts),
    lintSection(facts),
    imagesSection(facts),
    markersSection(facts),
    teardownSection(facts),
    proofSection(facts),
    logsSection(facts),
    picturesSection(facts),
  ].filter((section) => section !== undefined);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${verdict}: ${recipe} ${ref} – cc-ci</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE)}</style>
</head>
<body>
<main>
${renderVerdict(facts)}
<nav aria-label="Parts of the report"><ul>${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>\n`)}</ul></nav>
${sections.map(write)}
<footer><p>Report of cc-ci for ${facts.results.runId}. In the same folder: ${facts.files.map(
    (name) => markup`<a href="${encodeURIComponent(name)}">${name}</a> `,
  )}</p></footer>
</main>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`.toString();
}

function write({ id, title, body }: Section) {
  return markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}
</section>\n`;
}
