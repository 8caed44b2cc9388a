import { z } from 'zod';

/** The loader prints labels and values as strings; a scalar of another kind is read as its text. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const textMap = z.record(z.string(), text);
const count = z.number().int();

/** An object that the loader may print as null or leave out. */
function optionalMap<Value extends z.ZodType>(value: Value) {
  return z
    .record(z.string(), value)
    .nullish()
    .transform((map) => map ?? {});
}

const resourcesSchema = z.looseObject({
  cpus: text.optional(),
  memory: text.optional(),
  pids: count.optional(),
});

const updateConfigSchema = z.looseObject({
  parallelism: count.optional(),
  order: z.string().optional(),
  failure_action: z.string().optional(),
});

export const composeDeploySchema = z.looseObject({
  mode: z.string().optional(),
  replicas: count.optional(),
  endpoint_mode: z.string().optional(),
  labels: textMap.optional(),
  update_config: updateConfigSchema.optional(),
  rollback_config: updateConfigSchema.optional(),
  placement: z.looseObject({ constraints: z.array(z.string()).optional() }).optional(),
  resources: z
    .looseObject({ limits: resourcesSchema.optional(), reservations: resourcesSchema.optional() })
    .optional(),
});

/** A mount in long form; the loader turns every short form into it. */
export const composeMountSchema = z.looseObject({
  type: z.string(),
  source: z.string().optional(),
  target: z.string().optional(),
  read_only: z.boolean().optional(),
});

/** A published port in long form, one per port of a range. */
export const composePortSchema = z.looseObject({
  target: count.optional(),
  published: z.union([count, z.string().regex(/^\d+$/).transform(Number)]).optional(),
  protocol: z.string().optional(),
  mode: z.string().optional(),
});

/** A secret or config as a service mounts it. */
export const composeFileReferenceSchema = z.looseObject({
  source: z.string(),
  target: z.string().optional(),
});

export const composeServiceSchema = z.looseObject({
  image: z.string().optional(),
  environment: z.record(z.string(), z.union([text, z.null()])).optional(),
  labels: textMap.optional(),
  deploy: composeDeploySchema.optional(),
  volumes: z.array(composeMountSchema).optional(),
  ports: z.array(composePortSchema).optional(),
  networks: z
    .record(z.string(), z.looseObject({ aliases: z.array(z.string()).optional() }).nullable())
    .optional(),
  secrets: z.array(composeFileReferenceSchema).optional(),
  configs: z.array(composeFileReferenceSchema).optional(),
  healthcheck: z.looseObject({}).optional(),
  logging: z.looseObject({ driver: z.string().optional(), options: textMap.optional() }).optional(),
  stop_grace_period: z.string().optional(),
});

const ownedObject = {
  name: z.string().optional(),
  external: z.boolean().optional(),
  labels: textMap.optional(),
  driver: z.string().optional(),
  driver_opts: textMap.optional(),
};

export const composeVolumeSchema = z.looseObject(ownedObject);
export const composeNetworkSchema = z.looseObject({
  ...ownedObject,
  attachable: z.boolean().optional(),
  internal: z.boolean().optional(),
  ipam: z
    .looseObject({
      driver: z.string().optional(),
      config: z.array(z.looseObject({ subnet: z.string().optional() })).optional(),
    })
    .optional(),
});
export const composeFileObjectSchema = z.looseObject({
  ...ownedObject,
  /** Absolute after the loader. */
  file: z.string().optional(),
  template_driver: z.string().optional(),
});

/**
 * A stack as Docker's own loader prints it: merged, interpolated, short forms written out. Keys that are not named here
 * are kept; whether they are allowed is the policy's business.
 *
 * Source of the shape: `github.com/docker/cli/cli/compose`, what `docker stack config` prints.
 */
export const composeStackSchema = z.looseObject({
  version: z.string().optional(),
  services: optionalMap(composeServiceSchema),
  networks: optionalMap(composeNetworkSchema.nullable().transform((value) => value ?? {})),
  volumes: optionalMap(composeVolumeSchema.nullable().transform((value) => value ?? {})),
  secrets: optionalMap(composeFileObjectSchema),
  configs: optionalMap(composeFileObjectSchema),
});

export type ComposeStack = z.infer<typeof composeStackSchema>;
export type ComposeService = z.infer<typeof composeServiceSchema>;
export type ComposeMount = z.infer<typeof composeMountSchema>;
export type ComposePort = z.infer<typeof composePortSchema>;
export type ComposeNetwork = z.infer<typeof composeNetworkSchema>;
export type ComposeVolume = z.infer<typeof composeVolumeSchema>;
export type ComposeFileObject = z.infer<typeof composeFileObjectSchema>;
