import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerConfig } from '../../../domain/config.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { makeCertificates, startHttpsServer } from '../../fixtures/https-server.ts';
import type { Defect } from '../case.ts';
import { reviewed } from './parts.ts';

type World = { change: Partial<WorkerConfig> } & AsyncDisposable;

const FOLDER = reviewed('greeter');
const ofIngress = { stage: 'install', class: 'infra', code: 'E_CERTIFICATE' } as const;

/** A world in which the worker trusts the CA given. */
async function trusting(ca: string, change: Partial<WorkerConfig>, end?: AsyncDisposable): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'cc-ci-world-'));
  const file = join(folder, 'ca.pem');
  await writeFile(file, ca);
  return {
    change: { ...change, CCI_CA_FILE: file },
    [Symbol.asyncDispose]: async () => {
      await end?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Hosts on which no recipe could pass: none of it may be blamed on the recipe. */
export const defectiveEnvironments: readonly Defect[] = [
  {
    name: 'the ingress has a certificate of another name',
    recipe: 'greeter',
    folder: FOLDER,
    config: async () => {
      const certificates = await makeCertificates(['*.example.org']);
      const server = await startHttpsServer(certificates, (_request, response) => response.end('Hello'));
      const { address, port } = server.ingress;
      return trusting(
        certificates.ca,
        { CCI_INGRESS_ADDRESS: address, CCI_INGRESS_HTTPS_PORT: port },
        server,
      );
    },
    ...ofIngress,
  },
  {
    name: 'the certificate of the ingress is of an authority that nobody trusts',
    recipe: 'greeter',
    folder: FOLDER,
    config: async () => trusting((await makeCertificates()).ca, {}),
    ...ofIngress,
  },
  {
    name: 'nobody listens where the ingress should be',
    recipe: 'greeter',
    folder: FOLDER,
    config: async () => {
      const port = await freePort();
      const change = { CCI_INGRESS_ADDRESS: '127.0.0.1', CCI_INGRESS_HTTPS_PORT: port };
      return { change, [Symbol.asyncDispose]: () => Promise.resolve() };
    },
    ...ofIngress,
  },
];
