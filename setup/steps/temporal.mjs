import net from 'node:net';
import path from 'node:path';
import { childEnv } from '../lib/child-env.mjs';
import { ensureDaemon } from '../lib/daemon.mjs';
import { run } from '../lib/exec.mjs';

const KEYWORDS = ['CciRecipe', 'CciRef', 'CciTrigger', 'CciStage', 'CciVerdict', 'CciHost'];
const NUMBERS = ['CciLevel', 'CciPullRequest'];

/** @type {import('../lib/steps.mjs').Step} */
export const temporal = {
  name: 'temporal',
  title: 'Temporal',
  needs: ['instance', 'temporal-binary'],
  async run(ctx) {
    const { ports } = ctx.instance;
    const attributes = [
      ...KEYWORDS.map((name) => `${name}=Keyword`),
      ...NUMBERS.map((name) => `${name}=Int`),
    ];
    const argv = [
      ...[ctx.facts.CCI_TEMPORAL_BIN, 'server', 'start-dev', '--ip', '127.0.0.1', '--ui-ip', '127.0.0.1'],
      ...['--port', ports.temporal, '--ui-port', ports.temporalUi, '--http-port', ports.temporalHttp],
      ...['--metrics-port', ports.temporalMetrics],
      // Histories live in a file: they are there again after the next start.
      ...['--db-filename', path.join(ctx.paths.data, 'temporal.db')],
      ...['--ui-codec-endpoint', `http://127.0.0.1:${ports.codec}`],
      ...['--log-level', 'warn'],
      ...attributes.flatMap((attribute) => ['--search-attribute', attribute]),
      // A new search attribute is usable at once, not after the cache's minute.
      ...['--dynamic-config-value', 'system.forceSearchAttributesCacheRefreshOnRead=true'],
    ].map(String);
    return ensureDaemon(ctx, {
      name: 'temporal',
      argv,
      env: childEnv(process.env, { TEMPORAL_ENV_FILE: '/dev/null' }),
      ready: async () => (await accepts(ports.temporal)) && (await serves(ctx)),
      readyMs: 60_000,
    });
  },
};

/** @param {import('../lib/context.mjs').Context} ctx */
async function serves(ctx) {
  const where = ['--address', ctx.facts.CCI_TEMPORAL_ADDRESS ?? '', '--command-timeout', '3s'];
  const program = ctx.facts.CCI_TEMPORAL_BIN ?? 'temporal';
  try {
    const describe = ['operator', 'namespace', 'describe', '--namespace', 'default', ...where];
    return (await run([program, ...describe], { allowFailure: true, timeoutMs: 5_000 })).code === 0;
  } catch {
    return false;
  }
}

/** @param {number} port @returns {Promise<boolean>} whether something listens there on loopback */
export function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const settle = (/** @type {boolean} */ answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
