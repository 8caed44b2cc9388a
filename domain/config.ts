import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const port = z.coerce.number().int().min(1).max(65_535);
const absolutePath = z.string().startsWith('/');

/**
 * Environment of a worker process. `npm run up` writes these variables to `.cc-ci/host.env`; the process environment
 * wins over that file.
 */
export const workerConfigSchema = z.object({
  /** Name of this installation on its host; on every label, so that two installations never touch each other. */
  CCI_INSTANCE: z.string().regex(/^[0-9a-f]{8}$/),
  /** Name of the host in task queues and search attributes. */
  CCI_HOST: z.string().min(1),
  /** Folder of runs, environments, caches and indexes. */
  CCI_DATA: absolutePath,
  /** DNS zone of the apps. */
  CCI_ZONE: z.string().min(1),
  CCI_DOCKER_HOST: z.string().startsWith('unix:///'),
  CCI_DOCKER_BIN: absolutePath,
  /** Network namespace of the daemon as a file, when it has one of its own: its loopback registries answer only there. */
  CCI_NETNS: absolutePath.optional(),
  /** Whether service VIPs answer on this host, by a real probe; else stacks are rendered with dnsrr endpoints. */
  CCI_SERVICE_VIPS: flag,
  /** Program that renders compose files with Docker's own loader. */
  CCI_RENDERER: absolutePath,
  CCI_INGRESS_ADDRESS: z.string().min(1),
  CCI_INGRESS_HTTPS_PORT: port,
  /** CA that signed the ingress' certificate, PEM; the system's roots when absent. */
  CCI_CA_FILE: absolutePath.optional(),
  CCI_TEMPORAL_ADDRESS: z.string().min(1),
  CCI_TEMPORAL_NAMESPACE: z.string().min(1),
  /** JSON `{active, keys: {id: base64 of 32 bytes}}` for the payload codec, readable by root only. */
  CCI_KEYS_FILE: absolutePath,
  CCI_BROWSER: absolutePath,
  /** Unprivileged user that runs specs and the browser. */
  CCI_SPEC_UID: z.coerce.number().int().positive(),
  CCI_SPEC_GID: z.coerce.number().int().positive(),
  /** First port of the workers' Prometheus endpoints on loopback; each worker takes the next. */
  CCI_METRICS_PORT: port,
  /** What has to be free on the daemon's disk, in MiB, on top of the images that a run pulls; else it does not begin. */
  CCI_DISK_RESERVE_MIB: z.coerce.number().int().nonnegative().default(1024),
  /** Memory that has to be available for a run, in MiB, on top of what its apps are known to need; else it waits. */
  CCI_MEMORY_RESERVE_MIB: z.coerce.number().int().nonnegative().default(512),
  CCI_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** `dummy` keeps everything in memory: for tests of workflows. */
  CCI_PLATFORM: z.enum(['swarm', 'dummy']).default('swarm'),
});
export type WorkerConfig = z.infer<typeof workerConfigSchema>;

/** Environment of the command line and of the codec endpoint. */
export const clientConfigSchema = workerConfigSchema
  .pick({
    CCI_INSTANCE: true,
    CCI_HOST: true,
    CCI_DATA: true,
    CCI_ZONE: true,
    CCI_TEMPORAL_ADDRESS: true,
    CCI_TEMPORAL_NAMESPACE: true,
    CCI_KEYS_FILE: true,
  })
  .extend({
    /** Address of the Temporal UI, for links. */
    CCI_TEMPORAL_UI: z.url(),
    CCI_CODEC_PORT: port,
    /** Where the repository of a recipe lies: a URL or path with `{recipe}` in it. */
    CCI_RECIPE_SOURCE: z
      .string()
      .includes('{recipe}')
      .default('https://git.coopcloud.tech/coop-cloud/{recipe}.git'),
  });
export type ClientConfig = z.infer<typeof clientConfigSchema>;

/** All that is needed to read what runs have left on the disk, whether or not anything runs. */
export const dataConfigSchema = clientConfigSchema.pick({ CCI_DATA: true });
export type DataConfig = z.infer<typeof dataConfigSchema>;
