import {
  examineTree,
  type ExamineInput,
  type TreeExamination,
} from '../../../activities/platform/swarm/examine.ts';
import { findRenderer, plainRunner } from './renderer.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

export const FIXTURE_APP = {
  role: 'app',
  recipe: 'hostile',
  source: '/srv/recipes/hostile',
  domain: 'host-1a2b3c.ci.test',
  stack: 'host-1a2b3c_ci_test',
};

/** Examines a folder as the checkout of the recipe `hostile`, with the real renderer. */
export function examineFixture(
  treeDir: string,
  change: Partial<Omit<ExamineInput, 'treeDir'>> = {},
): Promise<TreeExamination> {
  return examineTree({
    treeDir,
    app: FIXTURE_APP,
    version: { commit: COMMIT, tag: '1.0.0+1.28.0', chaos: false },
    settings: { env: {}, grants: {} },
    zoneDomains: [FIXTURE_APP.domain],
    renderer: findRenderer(),
    run: plainRunner(),
    vips: true,
    ...change,
  });
}
