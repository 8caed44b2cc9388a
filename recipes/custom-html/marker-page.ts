import type { RecipeMarker } from '../../domain/recipe-context.ts';

/** Where the page lies on the site. */
export const MARKER_PATH = '/ci-marker.html';

const FILE = `/usr/share/nginx/html${MARKER_PATH}`;
const MARK = /<p id="marker">([^<]*)<\/p>/;

/** The page that shows a value, byte by byte as it is published. */
export function markerPage(value: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Grüße</title>
  </head>
  <body>
    <h1>Marker</h1>
    <p id="marker">${value}</p>
  </body>
</html>
`;
}

/** A page of the site: what this app holds is files, so that is what its users would miss (spec R-22). */
export const marker: RecipeMarker = {
  write: async ({ exec, marker: value }) => {
    const { exitCode, stderr } = await exec('app', ['sh', '-c', 'cat >"$1"', 'write', FILE], {
      input: markerPage(value),
    });
    if (exitCode !== 0) throw new Error(`the page cannot be written: ${stderr.trim()}`);
  },
  read: async ({ http }) => {
    const { status, body } = await http(MARKER_PATH);
    if (status === 404) return undefined;
    const text = new TextDecoder().decode(body);
    if (status !== 200) throw new Error(`the page answers ${status}: ${text.slice(0, 200)}`);
    const value = MARK.exec(text)?.[1] ?? '';
    return text === markerPage(value) ? value : text;
  },
  destroy: async ({ exec }) => {
    const { exitCode, stderr } = await exec('app', ['rm', '-f', FILE]);
    if (exitCode !== 0) throw new Error(`the page cannot be removed: ${stderr.trim()}`);
  },
};
