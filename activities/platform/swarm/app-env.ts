import { parseAbraScript } from '../../../domain/abra-sh.ts';
import { parseEnvFile, setEnvValues, type EnvEntry } from '../../../domain/env-file.ts';
import { extraDomain } from '../../../domain/ids.ts';
import type { App, Refusal } from '../../../domain/plan.ts';
import { secretModifiers } from '../../../domain/secrets.ts';
import type { SourcePlace } from '../../../domain/source-map.ts';
import type { AppSettings } from '../port.ts';
import { harnessVariables, isFault, readTreeFile } from './tree-files.ts';

export const SAMPLE = '.env.sample';
export const SCRIPT = 'abra.sh';

/**
 * Names that steer the processes which read an environment, the renderer and its shell among them: a recipe could have
 * its own code loaded on the host.
 */
const STEERING =
  /^(CCI_.*|LD_.*|DYLD_.*|BASH_.*|DOCKER_(CONFIG|HOST|CONTEXT|CERT_PATH|TLS.*|CLI_.*)|GO(DEBUG|TRACEBACK|GC|MEMLIMIT|MAXPROCS|ROOT|COVERDIR)|GLIBC_TUNABLES|GCONV_PATH|LOCPATH|MALLOC_.*|PATH|HOME|SHELL|SHELLOPTS|BASHOPTS|ENV|IFS|PS4|CDPATH|TMPDIR)$/i;

export interface AppEnv {
  /** The complete environment of the app: env file, exports of abra.sh, stack name. */
  readonly env: Readonly<Record<string, string>>;
  /** Text of the env file, as `abra app new` leaves it with the settings worked in. */
  readonly envText: string;
  /** Assignments of the sample, with the secret modifiers in their comments. */
  readonly sample: readonly EnvEntry[];
  readonly refusals: readonly Refusal[];
  /** Where the recipe sets a variable last: in abra.sh, which is merged over the env file, or in the sample. */
  readonly placeOf: (key: string) => SourcePlace;
}

export interface AppEnvInput {
  readonly treeDir: string;
  readonly app: App;
  readonly settings: Pick<AppSettings, 'env'>;
  /** Env file of an app that exists already; abra keeps it when the app moves to another version. */
  readonly envText?: string | undefined;
}

/** Computes the environment of an app as `abra app new` and `abra app deploy` would. Never throws for faults of a recipe. */
export async function readAppEnv(input: AppEnvInput): Promise<AppEnv> {
  const { treeDir, app } = input;
  const sample = await readTreeFile(treeDir, SAMPLE);
  const script = await readTreeFile(treeDir, SCRIPT);
  const refusals: Refusal[] = [];
  if (isFault(sample)) refusals.push({ ...sample, file: SAMPLE, line: 1 });
  // abra does not need the script.
  if (isFault(script) && script.rule !== 'file-missing') refusals.push({ ...script, file: SCRIPT, line: 1 });
  const sampleText = isFault(sample) ? '' : sample.text;
  const scriptText = isFault(script) ? '' : script.text;

  const parsedSample = parseEnvFile(sampleText);
  const parsedScript = parseAbraScript(scriptText);
  for (const { line, message } of [...parsedSample.faults, ...secretModifiers(parsedSample.entries).faults]) {
    refusals.push({ code: 'E_RENDER', rule: 'env-sample', file: SAMPLE, line, message });
  }
  for (const { line, message } of parsedScript.faults) {
    refusals.push({ code: 'E_RENDER', rule: 'abra-sh', file: SCRIPT, line, message });
  }
  refusals.push(...harnessVariables(SAMPLE, sampleText), ...harnessVariables(SCRIPT, scriptText));

  const settings = settingsFor(app, input.settings.env);
  const envText = setEnvValues(
    input.envText === undefined
      ? newEnvText(sampleText, app)
      : setEnvValues(input.envText, newSecretVersions(input.envText, parsedSample.entries)),
    settings,
  );
  const env = {
    ...parseEnvFile(envText).values,
    ...parsedScript.exports,
    DOMAIN: app.domain,
    STACK_NAME: app.stack,
  };
  const placeOf = (key: string): SourcePlace => {
    const inScript = parsedScript.lines[key];
    if (inScript !== undefined) return { file: SCRIPT, line: inScript };
    return { file: SAMPLE, line: parsedSample.entries.findLast((entry) => entry.key === key)?.line ?? 1 };
  };
  for (const key of Object.keys(env).filter((name) => STEERING.test(name))) {
    const message = `the variable ${key} steers programs of the host`;
    refusals.push({ code: 'E_POLICY', rule: 'env-name', ...placeOf(key), message });
  }
  return { env, envText, sample: parsedSample.entries, refusals, placeOf };
}

/** With a steering variable among them the environment must not reach a process. */
export function isSteered({ refusals }: AppEnv): boolean {
  return refusals.some(({ rule }) => rule === 'env-name');
}

/**
 * Versions of secrets that an existing app does not know yet: swarm refuses a service without its secret, so whoever
 * upgrades has to add them. Other variables that are new stay away, as they do with abra.
 */
function newSecretVersions(envText: string, sample: readonly EnvEntry[]): Record<string, string> {
  const known = parseEnvFile(envText).values;
  const added = sample.filter(({ key }) => /^SECRET_.+_VERSION$/.test(key) && known[key] === undefined);
  return Object.fromEntries(added.map(({ key, value }) => [key, value]));
}

/** What `abra app new` makes of the sample. */
function newEnvText(sample: string, app: App): string {
  const text = withDomain(sample, app);
  const known = parseEnvFile(text).values;
  return setEnvValues(text, {
    TYPE: app.recipe,
    ...(known['RECIPE'] === undefined ? {} : { RECIPE: app.recipe }),
    DOMAIN: app.domain,
    // Without a resolver the router takes the certificate that the ingress has, and asks nobody for one.
    LETS_ENCRYPT_ENV: '',
  });
}

/**
 * abra replaces the placeholder domain wherever it stands. Further hosts in front of it are flattened: the wildcard
 * certificate covers one label (spec R-57).
 */
function withDomain(sample: string, { recipe, domain }: App): string {
  const placeholder = `${recipe}.example.com`;
  const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
  const below = new RegExp(`(${label}(?:\\.${label})*)\\.${placeholder.replaceAll('.', '\\.')}`, 'gi');
  return sample
    .replace(below, (_match, labels: string) => extraDomain(labels.replaceAll('.', '-'), domain))
    .replaceAll(placeholder, domain);
}

function settingsFor(app: App, settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, value.replaceAll('{domain}', app.domain)]),
  );
}
