import { z } from 'zod';

/**
 * What is read of the Docker Engine API (https://docs.docker.com/reference/api/engine/, v1.44 and later). Fields that
 * nothing here looks at are left alone.
 */
const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? {});

const replicas = z.looseObject({ Replicas: z.number().optional() });
const job = z.looseObject({ TotalCompletions: z.number().optional() });

// Left as they come: a service's template is compared with that of its tasks, field by field.
const mounts = z.array(
  z.looseObject({
    Type: z.string(),
    Source: z.string().optional(),
    Target: z.string().optional(),
    ReadOnly: z.boolean().optional(),
  }),
);
const mountedSecrets = z.array(
  z.looseObject({ SecretName: z.string(), File: z.looseObject({ Name: z.string() }).nullish() }),
);

export const serviceShape = z.looseObject({
  ID: z.string(),
  CreatedAt: z.string(),
  Spec: z.looseObject({
    Name: z.string(),
    Labels: labels,
    UpdateConfig: z.looseObject({ Order: z.string().optional() }).optional(),
    Mode: z
      .looseObject({
        Replicated: replicas.optional(),
        Global: z.looseObject({}).optional(),
        ReplicatedJob: job.optional(),
        GlobalJob: z.looseObject({}).optional(),
      })
      .prefault({}),
    TaskTemplate: z.looseObject({
      ContainerSpec: z.looseObject({
        Image: z.string(),
        // As it is: the whole template is compared with that of the tasks.
        Labels: z.record(z.string(), z.string()).nullish(),
        Mounts: mounts.nullish(),
        Secrets: mountedSecrets.nullish(),
      }),
      RestartPolicy: z
        .looseObject({ Condition: z.string().optional(), Delay: z.number().optional() })
        .optional(),
    }),
  }),
  UpdateStatus: z.looseObject({ State: z.string().optional(), Message: z.string().optional() }).optional(),
  ServiceStatus: z
    .looseObject({
      RunningTasks: z.number().optional(),
      DesiredTasks: z.number().optional(),
      CompletedTasks: z.number().optional(),
    })
    .optional(),
});
export type Service = z.infer<typeof serviceShape>;

export const taskShape = z.looseObject({
  ID: z.string(),
  ServiceID: z.string(),
  CreatedAt: z.string(),
  DesiredState: z.string(),
  Spec: z.looseObject({ ContainerSpec: z.looseObject({ Image: z.string() }) }),
  Status: z.looseObject({
    Timestamp: z.string(),
    State: z.string(),
    Message: z.string().optional(),
    Err: z.string().optional(),
    ContainerStatus: z
      .looseObject({ ContainerID: z.string().optional(), ExitCode: z.number().optional() })
      .optional(),
  }),
});
export type Task = z.infer<typeof taskShape>;

export const containerShape = z.looseObject({
  Id: z.string(),
  Names: z
    .array(z.string())
    .nullish()
    .transform((names) => names ?? []),
  State: z.string(),
  Created: z.number(),
  Labels: labels,
});
export type Container = z.infer<typeof containerShape>;

export const containerHealthShape = z.looseObject({
  State: z.looseObject({ Health: z.looseObject({ Status: z.string() }).nullish() }),
});

export const volumeListShape = z.looseObject({
  Volumes: z
    .array(z.looseObject({ Name: z.string(), Labels: labels }))
    .nullish()
    .transform((volumes) => volumes ?? []),
});

/** A secret or a config. */
export const fileObjectShape = z.looseObject({
  ID: z.string(),
  Spec: z.looseObject({ Name: z.string(), Labels: labels }),
});

/** A config with its content in base64; an empty one has none. */
export const configContentShape = z.looseObject({ Spec: z.looseObject({ Data: z.string().nullish() }) });

/** What the registry says of a reference. */
export const distributionShape = z.looseObject({ Descriptor: z.looseObject({ digest: z.string() }) });

export const networkShape = z.looseObject({ Id: z.string(), Name: z.string(), Labels: labels });

export const infoShape = z.looseObject({ DockerRootDir: z.string(), MemTotal: z.number() });

export const imageShape = z.looseObject({
  Id: z.string(),
  Size: z.number().optional(),
  RepoDigests: z
    .array(z.string())
    .nullish()
    .transform((digests) => digests ?? []),
});
export type Image = z.infer<typeof imageShape>;
