import { parse } from 'yaml';
import { composeStackSchema } from '../../../../domain/compose.ts';
import { coopLabel, namesCommit } from '../../../../domain/labels.ts';
import type { App, Version } from '../../../../domain/plan.ts';
import type { Assertion } from '../../../../domain/stages.ts';
import { intentsOf, readLedger } from '../../../support/ledger.ts';
import type { Operation } from '../../../support/operation.ts';
import { readFileIfAny } from '../../../support/environment-files.ts';
import type { ServiceView } from '../service-state.ts';
import type { SwarmContext } from '../swarm-context.ts';
import type { RenderedStack } from './expected.ts';

/** That abra's label on `app` names the version: the commit by prefix on a chaos deploy, else the tag (spec R-14, R-15). */
export async function proveLabel(
  context: SwarmContext,
  operation: Operation,
  { stack }: RenderedStack,
  what: { readonly app: App; readonly version: Version; readonly views: readonly ServiceView[] },
): Promise<Assertion> {
  const { app, version, views } = what;
  const name = 'the label of the app names the version';
  if (!stack.services['app']) {
    return { name, ok: true, detail: 'abra labels the service app, which the recipe does not have' };
  }
  const labels = views.find((view) => view.name === 'app')?.service.Spec.Labels ?? {};
  const label = (key: Parameters<typeof coopLabel>[1]) => labels[coopLabel(app.stack, key)];
  const chaos = label('chaos-version');
  const ok = version.chaos
    ? label('chaos') === 'true' && chaos !== undefined && namesCommit(chaos, version.commit)
    : label('chaos') === 'false' && (version.tag === undefined || label('version') === version.tag);
  const earlier = await earlierVersion(context, operation, app, version);
  const expected = version.chaos ? version.commit.slice(0, 12) : (version.tag ?? version.commit.slice(0, 12));
  const seen =
    `head_ref=${expected} chaos-version=${chaos ?? 'none'} ` +
    `version=${earlier === undefined ? '' : `${earlier}→`}${label('version') ?? 'none'}`;
  return { name, ok, detail: seen };
}

/** Version label of what was deployed before, from the bytes of that deploy; for people only. */
async function earlierVersion(
  { paths }: SwarmContext,
  operation: Operation,
  app: App,
  version: Version,
): Promise<string | undefined> {
  const place = paths.environment(operation.environment.id);
  const intents = intentsOf(await readLedger(place.ledger), app.role);
  const before = intents.findLast((intent) => intent.version !== version.commit);
  const bytes = before && (await readFileIfAny(place.rendered(before.contentHash)));
  if (bytes === undefined) return undefined;
  const rendered = composeStackSchema.safeParse(parse(bytes));
  return rendered.data?.services['app']?.deploy?.labels?.[coopLabel(app.stack, 'version')];
}
