import { workerConfigSchema, type WorkerConfig } from '../../../domain/config.ts';

/** A valid configuration that leads nowhere: for activities whose platform is a stand-in. */
export function testConfig(data: string): WorkerConfig {
  return workerConfigSchema.parse({
    CCI_INSTANCE: '0a1b2c3d',
    CCI_HOST: 'test',
    CCI_DATA: data,
    CCI_ZONE: 'ci.test',
    CCI_DOCKER_HOST: 'unix:///nowhere/docker.sock',
    CCI_DOCKER_BIN: '/nowhere/docker',
    CCI_SERVICE_VIPS: 'false',
    CCI_RENDERER: '/nowhere/stack-render',
    CCI_INGRESS_ADDRESS: '127.0.0.1',
    CCI_INGRESS_HTTPS_PORT: '443',
    CCI_TEMPORAL_ADDRESS: '127.0.0.1:1',
    CCI_TEMPORAL_NAMESPACE: 'default',
    CCI_KEYS_FILE: '/nowhere/keys.json',
    CCI_BROWSER: '/nowhere/chromium',
    CCI_SPEC_UID: '65534',
    CCI_SPEC_GID: '65534',
    CCI_METRICS_PORT: '1',
  });
}
