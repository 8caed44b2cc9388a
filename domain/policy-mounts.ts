import type { ComposeMount, ComposePort } from './compose.ts';
import type { PolicyContext, StackPath, Violation } from './policy-context.ts';

export function judgeMount(mount: ComposeMount, path: StackPath, context: PolicyContext): Violation[] {
  const hints = mount.target === undefined ? [] : [mount.target];
  const refuse = (rule: string, message: string): Violation[] => [{ rule, path, hints, message }];
  if (`${mount.source ?? ''}${mount.target ?? ''}`.includes('{{')) {
    return refuse('mount-template', 'swarm would fill the template with names of the node');
  }
  if (mount.type === 'volume' || mount.type === 'tmpfs') return [];
  if (mount.type !== 'bind') return refuse('mount-type', `mounts of type ${mount.type} are not allowed`);
  const source = mount.source ?? '';
  const plain = source.startsWith('/') && !/\/(\.{1,2})?(\/|$)/.test(source.slice(0, -1));
  if (plain && mount.read_only && isPrivate(mount) && context.grants.binds?.includes(source)) return [];
  if (/(^|\/)(docker|containerd|podman)[^/]*\.sock$/.test(source)) {
    return refuse('docker-socket', 'whoever has the socket has the host');
  }
  return refuse('bind-mount', 'folders of the host may only be mounted read-only and when granted');
}

function isPrivate(mount: ComposeMount): boolean {
  const bind = mount['bind'];
  if (typeof bind !== 'object' || bind === null || !('propagation' in bind)) return true;
  return bind.propagation === 'private' || bind.propagation === 'rprivate';
}

export function judgePort(port: ComposePort, path: StackPath, context: PolicyContext): Violation[] {
  const published = `${port.published ?? 0}/${port.protocol ?? 'tcp'}`;
  if (port.published && context.grants.ports?.includes(published)) return [];
  const number = String(port.published ?? port.target ?? '');
  return [{ rule: 'published-port', path, hints: [number], message: `the port ${published} is not granted` }];
}
