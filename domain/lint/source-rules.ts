import { placeAt, topLevelValue } from './compose-source.ts';
import type { LintRule, Problem } from './rule.ts';
import { withoutHealthCheck } from './service-rules.ts';

const duplicateKey: LintRule = {
  id: 'CCI-YAML-DUPLICATE',
  severity: 'error',
  what: 'A compose file has a key twice in one map: one of the two is lost, and strict loaders refuse the file.',
  remedy: 'Merge the two entries into one.',
  check: ({ sources }) =>
    sources.flatMap((source) =>
      source.document.errors
        .filter(({ code }) => code === 'DUPLICATE_KEY')
        .map(({ pos }) => {
          const key = /^[^:\s]*/.exec(source.text.slice(pos[0]))?.[0] ?? '';
          return { at: placeAt(source, pos[0]), message: `${key} is given twice` };
        }),
    ),
};

const releaseNote: LintRule = {
  id: 'CCI-RELEASE-NOTE',
  severity: 'warning',
  what: 'The newest version has no note in `release/`; abra shows it to operators before they upgrade.',
  remedy: 'Add release/<tag> with what operators have to know, if only that there is nothing to do.',
  check: ({ tree }) => {
    const [newest] = tree.tags;
    const file = `release/${newest?.tag}`;
    if (!newest || tree.files.includes(file)) return [];
    return [{ at: { file, line: 1 }, message: `there is no note for ${newest.tag}` }];
  },
};

const COMPOSE_VERSION = '3.8';

/** Files that look like tests: of Playwright and the like by their name, of other tools by their folder. */
const TEST_FILE = /\.(spec|test)\.[cm]?[jt]sx?$|(^|\/)test_[^/]*\.py$|^(tests?|e2e|functional|playwright)\//;

const ownTests: LintRule = {
  id: 'CCI-OWN-TESTS',
  severity: 'warning',
  what: 'The repository brings test code. It is not run unless cc-ci approves the recipe, because whoever proposes a change could change it too.',
  remedy: 'Move the tests to the reviewed folder of the recipe in cc-ci.',
  check: ({ tree }) => {
    const found = tree.files.filter((file) => TEST_FILE.test(file));
    const [first] = found;
    if (first === undefined) return [];
    return [{ at: { file: first, line: 1 }, message: `${found.length} files of test code are not run` }];
  },
};

const composeVersion: LintRule = {
  id: 'R001',
  severity: 'warning',
  what: `The compose files do not say that they are of version ${COMPOSE_VERSION}.`,
  remedy: `Set version: "${COMPOSE_VERSION}" in the compose files.`,
  check: ({ sources }): Problem[] => {
    const [first] = sources;
    // As in merging, the last file that says one decides.
    const said = sources.flatMap((source) => {
      const found = topLevelValue(source, 'version');
      return found ? [{ source, ...found }] : [];
    });
    const last = said.at(-1);
    if (!first || last?.value === COMPOSE_VERSION) return [];
    if (!last) return [{ at: { file: first.name, line: 1 }, message: 'the version is missing' }];
    return [{ at: placeAt(last.source, last.offset), message: `the version is ${last.value}` }];
  },
};

const healthChecks: LintRule = {
  id: 'R002',
  severity: 'warning',
  what: 'A service has no health check. For `app` the stricter CCI-APP-HEALTH speaks instead.',
  remedy: 'Add a healthcheck to the service.',
  check: (input) =>
    withoutHealthCheck(input)
      .filter((name) => name !== 'app')
      .map((name) => ({ at: { path: ['services', name] }, message: `${name} has no health check` })),
};

const MAX_NAMED = 3;

const annotatedTags: LintRule = {
  id: 'R014',
  severity: 'error',
  what: 'A version tag is lightweight; abra takes only annotated ones for versions.',
  remedy: 'Make the tag anew with git tag -a, and push it.',
  check: ({ tree }) => {
    const lightweight = tree.tags.filter(({ annotated }) => !annotated).map(({ tag }) => tag);
    if (lightweight.length === 0) return [];
    const more = lightweight.length > MAX_NAMED ? ` and ${lightweight.length - MAX_NAMED} more` : '';
    const message = `not annotated: ${lightweight.slice(0, MAX_NAMED).join(', ')}${more}`;
    return [{ at: { file: `refs/tags/${lightweight[0]}`, line: 1 }, message }];
  },
};

export const SOURCE_RULES: readonly LintRule[] = [duplicateKey, releaseNote, ownTests];
/** abra's own rules, as far as its documentation settles what they mean; see docs/lint.md. */
export const ABRA_RULES: readonly LintRule[] = [composeVersion, healthChecks, annotatedTags];
