import type { ReportFacts } from './facts.ts';
import { markup, trusted } from './markup.ts';
import { code, type Section } from './parts.ts';

/** Screenshots that the specs took, and the traces of those that failed. */
export function picturesSection({ screenshots, traces }: ReportFacts): Section | undefined {
  if (screenshots.length === 0 && traces.length === 0) return undefined;
  const body = markup`${
    traces.length === 0
      ? undefined
      : markup`<p>Traces of specs that failed. In the folder of the run, ${code('npx playwright show-trace traces/<name>')} shows every step:</p>
<ul>${traces.map((name) => markup`<li><a href="traces/${encodeURIComponent(name)}">${name}</a></li>\n`)}</ul>`
  }
<div class="pictures">${screenshots.map(({ name, content }) => {
    const link = `screenshots/${encodeURIComponent(name)}`;
    return markup`<figure>${
      content === undefined
        ? markup`<p>Too large to be shown here.</p>`
        : markup`<img alt="Screenshot ${name}" src="data:image/png;base64,${trusted(content)}">`
    }<figcaption><a href="${link}">${name}</a></figcaption></figure>\n`;
  })}</div>`;
  return { id: 'pictures', title: 'Screenshots and traces', body };
}
