import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates, startHttpsServer, type TestServer, ZONE } from '../fixtures/https-server.ts';

/** Where Debian's package has it: the dynamic linker fills in the name of the machine. */
export const FAKETIME = '/usr/$LIB/faketime/libfaketime.so.1';

/** What stands for ingress and app where the platform is the dummy: a server that answers every request. */
export class FakeApp {
  readonly variables: Readonly<Record<string, string>>;
  private readonly server: TestServer;

  private constructor(server: TestServer, caFile: string) {
    this.server = server;
    this.variables = {
      CCI_INGRESS_ADDRESS: server.ingress.address,
      CCI_INGRESS_HTTPS_PORT: String(server.ingress.port),
      CCI_CA_FILE: caFile,
      CCI_ZONE: ZONE,
    };
  }

  /** @param folder for the CA's certificate */
  static async start(folder: string): Promise<FakeApp> {
    // Valid since yesterday: some faults turn the clock back.
    const certificates = await makeCertificates(undefined, undefined, {
      LD_PRELOAD: FAKETIME,
      FAKETIME: '-1d',
    });
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, certificates.ca);
    const server = await startHttpsServer(certificates, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It answers</h1>');
    });
    return new FakeApp(server, caFile);
  }

  async close(): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
