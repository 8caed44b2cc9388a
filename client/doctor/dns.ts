import { HELPER_IMAGE } from '../../domain/backup.ts';
import { workerConfigSchema } from '../../domain/config.ts';
import { configured, fail, ok, warn, type Check, type Finding } from './check.ts';
import { dockerClientOf, hasImage, pullRemedy, runContainer } from './container.ts';

/**
 * Resolves a name below the zone where apps do it: in a container, with the name server that the daemon hands on. Apps
 * call each other by their public names.
 */
export const dns: Check = {
  name: 'dns',
  limitMs: 20_000,
  remedy: 'Check the Docker daemon',
  look: async (context) => {
    const config = configured(
      context,
      workerConfigSchema.pick({ CCI_ZONE: true, CCI_INGRESS_ADDRESS: true }),
    );
    const docker = dockerClientOf(context);
    if (!(await hasImage(docker, HELPER_IMAGE))) {
      return warn(
        `not probed: the image ${HELPER_IMAGE} is not there; the first backup will pull it`,
        pullRemedy(context, HELPER_IMAGE),
      );
    }
    const host = `doctor.${config.CCI_ZONE}`;
    const { stdout } = await runContainer(docker, [
      ...['--read-only', '--cap-drop=ALL', '--entrypoint', 'getent', HELPER_IMAGE, 'ahostsv4', host],
    ]);
    return judgeNames(host, stdout, config.CCI_INGRESS_ADDRESS);
  },
};

/** @param table of `getent ahostsv4`: address, kind of socket and name */
export function judgeNames(host: string, table: string, ingress: string): Finding {
  const addresses = [...new Set(table.split('\n').flatMap((line) => /^\d+(?:\.\d+){3}/.exec(line) ?? []))];
  const zone = host.slice(host.indexOf('.') + 1);
  if (addresses.length === 0) {
    return fail(
      `containers cannot resolve ${host}`,
      `Add a DNS record *.${zone} for the address of Traefik, or give the daemon a name server that has one`,
    );
  }
  if (addresses.every((address) => address === ingress)) return ok(`in containers *.${zone} is ${ingress}`);
  return warn(
    `in containers *.${zone} is ${addresses.join(', ')}, and not ${ingress}`,
    'Make sure that this is Traefik of the same host, or correct CCI_INGRESS_ADDRESS or the DNS record',
  );
}
