import { z } from 'zod';
import { completeReference, configText } from './expected.ts';
import { mountText, recipeLabels, words, type ContainerFacts } from './facts.ts';

const textList = z.array(z.string()).nullish();
const fileTarget = z.looseObject({ Name: z.string() });

/** Of the Docker Engine API, `TaskSpec.ContainerSpec` (https://docs.docker.com/reference/api/engine/version/v1.41/). */
const containerSpecShape = z.looseObject({
  Image: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
  Command: textList,
  Args: textList,
  Env: textList,
  Mounts: z
    .array(
      z.looseObject({
        Type: z.string(),
        Source: z.string().optional(),
        Target: z.string(),
        ReadOnly: z.boolean().optional(),
      }),
    )
    .nullish(),
  Healthcheck: z.looseObject({ Test: textList }).nullish(),
  Configs: z
    .array(z.looseObject({ File: fileTarget.nullish(), ConfigID: z.string(), ConfigName: z.string() }))
    .nullish(),
  Secrets: z.array(z.looseObject({ File: fileTarget.nullish(), SecretName: z.string() })).nullish(),
});

/** Hash of a config's content in swarm; undefined where it is not compared. */
export type ConfigHash = (config: {
  readonly id: string;
  readonly name: string;
}) => Promise<string | undefined>;

/** What a container specification of a service or task asks for, with the digest of its image apart. */
export async function runningContainer(
  containerSpec: unknown,
  hashOf: ConfigHash,
): Promise<{ facts: ContainerFacts; digest: string | undefined }> {
  const spec = containerSpecShape.parse(containerSpec);
  const configs = (spec.Configs ?? []).map(
    async ({ File, ConfigID, ConfigName }): Promise<[string, string]> => {
      const hash = await hashOf({ id: ConfigID, name: ConfigName });
      return [File?.Name ?? ConfigName, configText(ConfigName, hash)];
    },
  );
  const mounts = (spec.Mounts ?? []).map(
    ({ Type, Source = '', Target, ReadOnly = false }): [string, string] => [
      Target,
      mountText(Type, Source, ReadOnly),
    ],
  );
  const secrets = (spec.Secrets ?? []).map(({ File, SecretName }): [string, string] => [
    File?.Name ?? SecretName,
    SecretName,
  ]);
  const facts: ContainerFacts = {
    image: { image: completeReference(spec.Image) },
    environment: Object.fromEntries((spec.Env ?? []).map(splitVariable)),
    configs: Object.fromEntries(await Promise.all(configs)),
    secrets: Object.fromEntries(secrets),
    mounts: Object.fromEntries(mounts),
    labels: recipeLabels(spec.Labels ?? {}),
    process: {
      entrypoint: words(spec.Command),
      command: words(spec.Args),
      healthcheck: words(spec.Healthcheck?.Test),
    },
  };
  return { facts, digest: digestOf(spec.Image) };
}

function splitVariable(variable: string): [string, string] {
  const at = variable.indexOf('=');
  return at < 0 ? [variable, ''] : [variable.slice(0, at), variable.slice(at + 1)];
}

/** Digest that a reference names, `sha256:…`. */
export function digestOf(image: string): string | undefined {
  return image.split('@', 2)[1];
}
