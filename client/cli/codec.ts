import type { Server } from 'node:http';
import type { Command } from 'commander';
import { EncryptionCodec } from '../../codec/encryption-codec.ts';
import { readKeys } from '../../codec/keys.ts';
import type { ClientConfig } from '../../domain/config.ts';
import { openLink } from '../links.ts';
import { startCodecEndpoint } from '../server/codec-endpoint.ts';
import { issueToken } from '../server/tokens.ts';
import { BROKEN, UserError } from '../user-error.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';

export function addCodec(program: Command): void {
  const codec = program
    .command('codec')
    .description('serve the Temporal UI with readable payloads on loopback, until Ctrl-C')
    .option('--link', 'only print a new one-time link to the endpoint that runs already')
    .option('--json', 'print one JSON document: {"link"}')
    .action(async (options: { link?: true; json?: true }) => {
      const config = terminal.config();
      if (!options.link) await serve(config);
      const to = `/namespaces/${config.CCI_TEMPORAL_NAMESPACE}/workflows`;
      const link = openLink(`http://127.0.0.1:${config.CCI_CODEC_PORT}`, issueToken(config.CCI_DATA), to);
      if (options.json) terminal.json({ link });
      else terminal.print(link);
    });
  helpAfter(codec, {
    examples: [
      ['cc-ci codec --link', 'a link into the Temporal UI of the stack, which runs the endpoint'],
      ['cc-ci codec', 'an endpoint of its own, where the stack runs none'],
    ],
    exits: 'plain',
  });
}

async function serve(config: ClientConfig): Promise<void> {
  let server: Server;
  try {
    server = await startCodecEndpoint({
      codec: new EncryptionCodec(readKeys(config.CCI_KEYS_FILE)),
      port: config.CCI_CODEC_PORT,
      ui: config.CCI_TEMPORAL_UI,
      data: config.CCI_DATA,
      instance: config.CCI_INSTANCE,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'Check CCI_CODEC_PORT and CCI_KEYS_FILE; `cc-ci codec --link` uses an endpoint that runs';
    throw new UserError(`the codec endpoint cannot start: ${why}`, remedy, { exitCode: BROKEN, cause });
  }
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  terminal.say('The codec endpoint listens. This link opens the Temporal UI once, within an hour:');
}
