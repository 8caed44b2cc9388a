import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates, ZONE } from '../fixtures/https-server.ts';
import { startProvider, type ProviderServer } from '../fixtures/provider-double.ts';
import { FakeProviders } from './fake-providers.ts';

/** Where Debian's package has it: the dynamic linker fills in the name of the machine. */
export const FAKETIME = '/usr/$LIB/faketime/libfaketime.so.1';

/** What stands for ingress and apps where the platform is the dummy: a server that answers every request. */
export class FakeApp {
  readonly variables: Readonly<Record<string, string>>;
  readonly providers: FakeProviders;
  private readonly server: ProviderServer;

  private constructor(server: ProviderServer, providers: FakeProviders, caFile: string) {
    this.server = server;
    this.providers = providers;
    this.variables = {
      CCI_INGRESS_ADDRESS: server.ingress.address,
      CCI_INGRESS_HTTPS_PORT: String(server.ingress.port),
      CCI_CA_FILE: caFile,
      CCI_ZONE: ZONE,
    };
  }

  /**
   * @param folder for the CA's certificate
   * @param state file of the dummy platform
   */
  static async start(folder: string, state: string): Promise<FakeApp> {
    // Valid since yesterday: some faults turn the clock back.
    const certificates = await makeCertificates(undefined, undefined, {
      LD_PRELOAD: FAKETIME,
      FAKETIME: '-1d',
    });
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, certificates.ca);
    const providers = new FakeProviders(state);
    const server = await startProvider(certificates, (request) =>
      providers.isMeant(request.host)
        ? providers.reply(request)
        : { status: 200, html: '<h1>It answers</h1>' },
    );
    return new FakeApp(server, providers, caFile);
  }

  async close(): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
