import { readFile } from 'node:fs/promises';
import type { WorkerConfig } from '../../domain/config.ts';
import type { TrustedIngress } from './ingress-http.ts';

type IngressConfig = Pick<
  WorkerConfig,
  'CCI_INGRESS_ADDRESS' | 'CCI_INGRESS_HTTPS_PORT' | 'CCI_ZONE' | 'CCI_CA_FILE'
>;

/** The ingress of this host with the CA its certificate is verified against. */
export async function trustedIngress(config: IngressConfig): Promise<TrustedIngress> {
  return {
    address: config.CCI_INGRESS_ADDRESS,
    port: config.CCI_INGRESS_HTTPS_PORT,
    zone: config.CCI_ZONE,
    ...(config.CCI_CA_FILE === undefined ? {} : { ca: await readFile(config.CCI_CA_FILE, 'utf8') }),
  };
}
