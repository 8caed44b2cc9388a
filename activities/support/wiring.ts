import { join } from 'node:path';
import { z } from 'zod';
import type { App, Environment } from '../../domain/plan.ts';
import { envSchema } from '../../domain/recipe.ts';
import { ssoFactsSchema, type SsoFacts } from '../../domain/sso.ts';
import { readFileIfAny, writeEnvironmentFile } from './environment-files.ts';
import type { Operation } from './operation.ts';
import type { HostPaths } from './paths.ts';

/** What has been computed for an app from its dependencies. Holds secrets, and never leaves the host. */
export interface AppWiring {
  readonly env: Readonly<Record<string, string>>;
  /** Values of swarm secrets by their names in the compose file. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly sso?: SsoFacts;
}

/**
 * The part without secrets, which are left out by it; their values lie in files of their own, where every redactor finds
 * them.
 */
const documentSchema = z.object({
  env: envSchema,
  secretNames: z.array(z.string()),
  sso: ssoFactsSchema
    .omit({ clientSecret: true })
    .extend({ user: ssoFactsSchema.shape.user.omit({ password: true }).strip() })
    .strip()
    .optional(),
});

function placesOf(paths: HostPaths, { id }: Environment, { role }: App) {
  const { files, private: secrets } = paths.environment(id);
  return {
    document: join(files, 'wiring', `${role}.json`),
    secret: (name: string) => join(secrets, 'wiring', role, `secret-${name}`),
    clientSecret: join(secrets, 'wiring', role, 'client-secret'),
    password: join(secrets, 'wiring', role, 'password'),
  };
}

/** Keeps the wiring of an app: every later attempt and every later version of the app gets the same. */
export async function keepWiring(
  paths: HostPaths,
  operation: Operation,
  app: App,
  { env, secrets, sso }: AppWiring,
): Promise<void> {
  const places = placesOf(paths, operation.environment, app);
  const values = new Map(Object.entries(secrets).map(([name, value]) => [places.secret(name), value]));
  if (sso) values.set(places.clientSecret, sso.clientSecret).set(places.password, sso.user.password);
  for (const [file, value] of values) {
    operation.hide(value);
    await writeEnvironmentFile(operation, file, value);
  }
  const document = documentSchema.parse({ env, secretNames: Object.keys(secrets), sso });
  // Behind the secrets: with the document the wiring is complete.
  await writeEnvironmentFile(operation, places.document, JSON.stringify(document));
}

/** The wiring of an app; undefined when there is none. */
export async function readWiring(
  paths: HostPaths,
  environment: Environment,
  app: App,
): Promise<AppWiring | undefined> {
  const places = placesOf(paths, environment, app);
  const text = await readFileIfAny(places.document);
  if (text === undefined) return undefined;
  const { env, secretNames, sso } = documentSchema.parse(JSON.parse(text));
  const value = async (file: string): Promise<string> => (await readFileIfAny(file)) ?? '';
  const secrets = await Promise.all(
    secretNames.map(async (name): Promise<[string, string]> => [name, await value(places.secret(name))]),
  );
  if (!sso) return { env, secrets: Object.fromEntries(secrets) };
  const [clientSecret, password] = [await value(places.clientSecret), await value(places.password)];
  const facts = ssoFactsSchema.parse({ ...sso, clientSecret, user: { ...sso.user, password } });
  return { env, secrets: Object.fromEntries(secrets), sso: facts };
}
