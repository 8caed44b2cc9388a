import type { PolicyContext, StackPath, Violation } from './policy-context.ts';
import { judgeTraefikLabels } from './policy-traefik.ts';

/** Labels that others act on: ours, Docker's and Traefik's. */
export function judgeLabels(
  labels: Readonly<Record<string, string>>,
  path: StackPath,
  context: PolicyContext,
): Violation[] {
  const reserved = Object.entries(labels).flatMap(([key, value]): Violation[] => {
    const name = key.trim().toLowerCase();
    if (name.startsWith('cc-ci.') || name === 'cc-ci') {
      return [
        { rule: 'reserved-label', path: [...path, key], message: 'labels of cc-ci are set by cc-ci only' },
      ];
    }
    if (
      name.startsWith('com.docker.') &&
      !(name === 'com.docker.stack.namespace' && value === context.stackName)
    ) {
      return [
        { rule: 'reserved-label', path: [...path, key], message: 'labels of Docker are set by Docker only' },
      ];
    }
    return [];
  });
  return [...reserved, ...judgeTraefikLabels(labels, path, context)];
}
