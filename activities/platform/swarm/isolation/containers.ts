import type { Ingress } from '../../../../domain/http.ts';
import { SPEC_RUNNER_IMAGE } from '../../../../domain/repository-specs.ts';

/** User without a right, another one than the gate's, so that neither can touch what the other one makes. */
const SPEC_USER = '64001:64001';
const GATE_USER = '64002:64002';
const GATE_FOLDER = '/gate';
/** Where the gate seems to be from inside; `forward.mjs` of the image listens there. */
export const INNER_ADDRESS: Pick<Ingress, 'address' | 'port'> = { address: '127.0.0.1', port: 8443 };

/** What bounds every container here, as the kernel enforces it. No mount, no capability, no way to gain one. */
function confined(memory: string, pids: number): string[] {
  return [
    ...['--pull=missing', '--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
    ...['--cgroupns=private', '--ipc=private', '--shm-size=16m', '--log-driver=none', '--restart=no'],
    // Swap as large as the memory means none.
    ...[`--memory=${memory}`, `--memory-swap=${memory}`, '--cpus=1', `--pids-limit=${pids}`],
    ...['--ulimit=core=0', '--ulimit=nofile=1024:1024'],
  ];
}

function tmpfs(path: string, size: string): string {
  return `--tmpfs=${path}:rw,nosuid,nodev,noexec,mode=1777,size=${size}`;
}

/** A volume in memory, just large enough for the gate's socket. */
export function volumeArguments(name: string, labels: readonly string[]): string[] {
  const [uid, gid] = GATE_USER.split(':');
  const options = `size=64k,mode=0755,uid=${uid},gid=${gid},nosuid,nodev,noexec`;
  const device = ['--opt=type=tmpfs', '--opt=device=tmpfs', `--opt=o=${options}`];
  return ['volume', 'create', ...device, ...labels, name];
}

/** Passes requests for the app's names on to the ingress; nothing else of the network is reachable through it. */
export function gateArguments(name: string, labels: readonly string[]): string[] {
  return [
    ...['run', '--detach', '--name', name, '--network=bridge', `--user=${GATE_USER}`, '--env=GATE'],
    ...confined('192m', 64),
    tmpfs('/tmp', '1m'),
    `--mount=type=volume,src=${name},dst=${GATE_FOLDER},volume-nocopy`,
    ...labels,
    ...[SPEC_RUNNER_IMAGE, 'node', '/cc-ci/gate.mjs'],
  ];
}

/** Where the specs run: without a network, and with the gate's socket as the only thing that leads out of it. */
export function runnerArguments(name: string, gate: string, labels: readonly string[]): string[] {
  return [
    ...['run', '--detach', '--name', name, '--network=none', `--user=${SPEC_USER}`],
    ...confined('768m', 256),
    ...[tmpfs('/tmp', '64m'), tmpfs('/work', '64m')],
    `--mount=type=volume,src=${gate},dst=${GATE_FOLDER},volume-nocopy,readonly`,
    ...labels,
    ...[SPEC_RUNNER_IMAGE, 'node', '/cc-ci/forward.mjs'],
  ];
}
