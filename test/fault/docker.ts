import { execa } from 'execa';

/** Lines of output of the docker client against the daemon of this clone. */
export async function docker(
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
): Promise<string[]> {
  const program = env['CCI_DOCKER_BIN'] ?? 'docker';
  const { stdout } = await execa(program, [...argv], { env: { DOCKER_HOST: env['CCI_DOCKER_HOST'] } });
  return stdout.split('\n').filter((line) => line !== '');
}
