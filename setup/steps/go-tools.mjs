import { run } from '../lib/exec.mjs';
import { which } from '../lib/files.mjs';
import { ensureGoTool } from '../lib/go-tool.mjs';

const TEMPORAL_VERSION = '1.5.1';
const GITEA_VERSION = '1.26.0';

/**
 * @param {string} name
 * @param {string} title
 * @param {number} expectedMs
 * @param {(ctx: any, report: import('../lib/steps.mjs').Report) => Promise<string>} ensure
 *   returns the path of the program
 * @param {string[]} needs one after the other: side by side they would only be slower
 * @returns {import('../lib/steps.mjs').Step}
 */
function tool(name, title, expectedMs, ensure, needs) {
  return {
    name,
    title,
    needs,
    expectedMs,
    async run(ctx, report) {
      let built = false;
      await ensure(ctx, {
        begin(what) {
          built = true;
          report.begin(what, expectedMs);
        },
      });
      return built ? 'built' : 'present';
    },
  };
}

// Order: the PATH, then the module. The SDK's own download of the dev server is no third way: it
// fetches a prebuilt binary from a site that machines with registries only do not reach.
export const temporalBinary = tool(
  'temporal-binary',
  'Temporal dev server',
  160_000,
  async (ctx, report) => {
    const onPath = which('temporal');
    const version = onPath ? await run([onPath, '--version'], { allowFailure: true }) : undefined;
    const fits = version?.stdout.includes(`version ${TEMPORAL_VERSION} `);
    ctx.facts.CCI_TEMPORAL_BIN =
      onPath && fits
        ? onPath
        : await ensureGoTool(
            ctx,
            { name: 'temporal', package: 'github.com/temporalio/cli/cmd/temporal' },
            report.begin,
          );
    return ctx.facts.CCI_TEMPORAL_BIN;
  },
  ['preflight'],
);

export const stackRender = tool(
  'stack-render',
  'stack renderer',
  12_000,
  async (ctx, report) =>
    (ctx.facts.CCI_RENDERER = await ensureGoTool(ctx, { name: 'stack-render', package: '.' }, report.begin)),
  ['temporal-binary'],
);

/** Used by the image step only when the image cannot be pulled. */
export function traefikBinary(/** @type {any} */ ctx, /** @type {any} */ begin) {
  const tool = { name: 'traefik', package: 'github.com/traefik/traefik/v3/cmd/traefik' };
  return ensureGoTool(ctx, tool, begin);
}

/**
 * Like `traefikBinary`; with the driver and the version that Gitea's own builds have. Theirs hold templates and
 * translations as well; here they lie beside the program (see prepare-image.mjs).
 */
export function giteaBinary(/** @type {any} */ ctx, /** @type {any} */ begin) {
  const tool = {
    name: 'gitea',
    package: 'code.gitea.io/gitea',
    tags: 'netgo,osusergo,sqlite,sqlite_unlock_notify',
    ldflags: `-X main.Version=${GITEA_VERSION} -X code.gitea.io/gitea/modules/setting.StaticRootPath=/app/gitea`,
    cgo: true,
  };
  return ensureGoTool(ctx, tool, begin);
}
