import type { ComposeService, ComposeStack } from './compose.ts';
import type { StackPath } from './policy-context.ts';

export interface UndefinedReference {
  readonly path: StackPath;
  readonly hints?: readonly string[];
  readonly message: string;
}

/** What a deploy would stumble over although the loader lets it pass. A dangling `depends_on` is none: swarm ignores it. */
export function findUndefined(stack: ComposeStack): UndefinedReference[] {
  const found = Object.entries(stack.services).flatMap(([name, service]) =>
    ofService(['services', name], service, stack),
  );
  if (Object.keys(stack.services).length > 0) return found;
  return [{ path: [], message: 'the compose files define no service' }];
}

function ofService(path: StackPath, service: ComposeService, stack: ComposeStack): UndefinedReference[] {
  const found: UndefinedReference[] = [];
  const need = (kind: 'networks' | 'volumes' | 'secrets' | 'configs', name: string, at: string | number) => {
    if (Object.hasOwn(stack[kind], name)) return;
    const message = `${kind.slice(0, -1)} ${name} is not defined`;
    found.push({ path: [...path, kind, at], hints: [name], message });
  };
  if (!service.image) found.push({ path, message: 'the service names no image' });
  for (const name of Object.keys(service.networks ?? {}))
    if (name !== 'default') need('networks', name, name);
  for (const [at, { type, source }] of (service.volumes ?? []).entries()) {
    if (type === 'volume' && source !== undefined && source !== '') need('volumes', source, at);
  }
  for (const [at, { source }] of (service.secrets ?? []).entries()) need('secrets', source, at);
  for (const [at, { source }] of (service.configs ?? []).entries()) need('configs', source, at);
  return found;
}
