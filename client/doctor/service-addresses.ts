import { workerConfigSchema } from '../../domain/config.ts';
import { configured, fail, ok, warn, type Check, type Finding } from './check.ts';
import { lastLine } from './command.ts';
import {
  dockerClientOf,
  hasImage,
  probeName,
  pullRemedy,
  remove,
  runContainer,
  SYSTEM_LABEL,
  type DockerClient,
} from './container.ts';
import { PROXY } from './daemon.ts';

/** Serves, and has the program that asks. The demonstration uses it too. */
const IMAGE = 'nginx:1.29.1';

/** First the task itself: only when that answers does a silent service address mean anything. */
const ASK = `
ask() { curl --silent --fail --max-time 3 --output /dev/null "http://$1/"; }
tries=0
until ask "tasks.$0"; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { echo "no task"; exit 0; }
  sleep 0.3
done
if ask "$0"; then echo answers; else echo silent; fi`;

/**
 * Asks a real service at its virtual address: such addresses need IPVS in the kernel, and a daemon without it reports
 * nothing. Compares the answer with the endpoint mode in which stacks are rendered.
 */
export const serviceAddresses: Check = {
  name: 'service-addresses',
  limitMs: 60_000,
  remedy: 'Check the swarm and the network proxy',
  look: async (context) => {
    const config = configured(context, workerConfigSchema.pick({ CCI_SERVICE_VIPS: true }));
    const docker = dockerClientOf(context);
    if (!(await hasImage(docker, IMAGE))) {
      return warn(`not probed: the image ${IMAGE} is not there`, pullRemedy(context, IMAGE));
    }
    return judgeServiceAddresses(await probe(docker), config.CCI_SERVICE_VIPS);
  },
};

/**
 * @param answer what the probe said
 * @param expected CCI_SERVICE_VIPS
 */
export function judgeServiceAddresses(answer: string, expected: boolean): Finding {
  const mode = `stacks are rendered with ${expected ? 'virtual addresses' : 'dnsrr endpoints'}`;
  if (answer !== 'answers' && answer !== 'silent') {
    return fail(`the service of the probe did not come up: ${answer}`, serviceAddresses.remedy);
  }
  const seen = `virtual addresses ${answer === 'answers' ? 'answer' : 'are silent'}; ${mode}`;
  if ((answer === 'answers') === expected) return ok(seen);
  return expected
    ? fail(seen, 'Load the kernel module ip_vs, or set CCI_SERVICE_VIPS=false')
    : warn(
        seen,
        'Set CCI_SERVICE_VIPS=true, so that apps run as their users have them; `npm run up` probes it',
      );
}

async function probe(docker: DockerClient): Promise<string> {
  const name = probeName();
  try {
    const created = await docker([
      ...['service', 'create', '--quiet', '--detach', '--no-resolve-image', '--name', name],
      ...['--network', PROXY, '--label', SYSTEM_LABEL, '--container-label', SYSTEM_LABEL],
      ...['--restart-condition', 'none', '--stop-grace-period', '0s', IMAGE],
    ]);
    if (created.exitCode !== 0) return lastLine(created);
    const asked = await runContainer(docker, [
      '--network',
      PROXY,
      '--entrypoint',
      'sh',
      IMAGE,
      '-c',
      ASK,
      name,
    ]);
    return asked.exitCode === 0 ? asked.stdout.trim() : lastLine(asked);
  } finally {
    await remove(docker, ['service', 'rm', name]);
  }
}
