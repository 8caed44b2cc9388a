import type { ComposeStack } from '../../../domain/compose.ts';
import { stackName } from '../../../domain/ids.ts';
import { timeoutSeconds } from '../../../domain/labels.ts';
import { reservedBytes } from '../../../domain/memory.ts';
import { applyOverlay } from '../../../domain/overlay.ts';
import type { App, Refusal, Version } from '../../../domain/plan.ts';
import { judgeStack } from '../../../domain/policy.ts';
import { secretSpecs, type SecretSpec } from '../../../domain/secrets.ts';
import { findUndefined } from '../../../domain/stack-references.ts';
import { deployableStack, type ServiceLimits } from '../../../domain/stack-transform.ts';
import type { RunCommand } from '../../support/run-command.ts';
import type { AppSettings } from '../port.ts';
import { isSteered, readAppEnv } from './app-env.ts';
import { renderStack } from './render.ts';

export interface ExamineInput {
  /** Checkout of the version; not trusted. */
  readonly treeDir: string;
  readonly app: App;
  readonly version: Version;
  readonly settings: AppSettings;
  /** Domains of all apps of the environment, the app's own among them. */
  readonly zoneDomains: readonly string[];
  /** Program that prints the merged compose files. */
  readonly renderer: string;
  readonly run: RunCommand;
  /** Whether service VIPs answer on the host. */
  readonly vips: boolean;
  /** Env file of the app when it exists already; from the version's sample otherwise. */
  readonly envText?: string | undefined;
  readonly limits?: ServiceLimits;
}

export interface TreeExamination {
  /** What would be deployed, without the marks of a deploy (`markStack`); absent when there are refusals. */
  readonly stack: ComposeStack | undefined;
  /** The app's complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Text of the env file that belongs to it. */
  readonly envText: string;
  readonly secrets: readonly SecretSpec[];
  readonly images: readonly string[];
  readonly services: readonly string[];
  /** The recipe's own timeout label. */
  readonly timeoutSeconds: number | undefined;
  /** Memory that its tasks reserve together. */
  readonly reservedBytes: number;
  readonly refusals: readonly Refusal[];
}

const MAX_REFUSALS = 50;

/**
 * Renders and judges a checkout without creating anything. Whatever is wrong with the recipe is a refusal with file and
 * line; rejects with a `CodedError` only when the renderer cannot be run.
 */
export async function examineTree(input: ExamineInput): Promise<TreeExamination> {
  const { app, treeDir } = input;
  const appEnv = await readAppEnv({ treeDir, app, settings: input.settings, envText: input.envText });
  const { env, envText } = appEnv;
  if (isSteered(appEnv)) return refused(appEnv, appEnv.refusals);

  const rendering = await renderStack({
    treeDir,
    env,
    renderer: input.renderer,
    run: input.run,
    placeOf: appEnv.placeOf,
  });
  const { locate } = rendering;
  if (!rendering.stack) return refused(appEnv, [...appEnv.refusals, ...rendering.refusals]);
  const { overlay } = input.settings;
  const stack = overlay ? applyOverlay(rendering.stack, overlay) : rendering.stack;

  const context = {
    stackName: app.stack,
    runStacks: [app.stack, ...input.zoneDomains.map(stackName)],
    domains: [app.domain, ...input.zoneDomains],
    grants: input.settings.grants,
  };
  const refusals: Refusal[] = [
    ...appEnv.refusals,
    ...judgeStack(stack, context)
      .slice(0, MAX_REFUSALS)
      .map(({ rule, path, hints, message }) => ({
        code: 'E_POLICY' as const,
        rule,
        ...locate(path, hints),
        message: `${path.join('.')}: ${message}`,
      })),
    ...findUndefined(stack)
      .slice(0, MAX_REFUSALS)
      .map(({ path, hints, message }) => ({
        code: 'E_RENDER' as const,
        rule: 'undefined-reference',
        ...locate(path, hints),
        message,
      })),
  ];
  const services = Object.values(stack.services);
  return {
    ...refused(appEnv, refusals),
    stack:
      refusals.length > 0
        ? undefined
        : deployableStack(stack, {
            stackName: app.stack,
            recipe: app.recipe,
            version: input.version,
            env,
            vips: input.vips,
            ...(input.limits === undefined ? {} : { limits: input.limits }),
          }),
    envText,
    secrets: secretSpecs(stack, app.stack, appEnv.sample),
    images: [...new Set(services.flatMap(({ image }) => (image === undefined ? [] : [image])))],
    services: Object.keys(stack.services),
    reservedBytes: reservedBytes(stack),
    timeoutSeconds: timeoutSeconds(
      app.stack,
      services.map(({ deploy }) => deploy?.labels ?? {}),
    ),
  };
}

function refused(
  appEnv: { env: Readonly<Record<string, string>>; envText: string },
  refusals: readonly Refusal[],
): TreeExamination {
  return {
    stack: undefined,
    env: appEnv.env,
    envText: appEnv.envText,
    secrets: [],
    images: [],
    services: [],
    timeoutSeconds: undefined,
    reservedBytes: 0,
    refusals: refusals.slice(0, MAX_REFUSALS),
  };
}
