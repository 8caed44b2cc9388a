/** A reference without tag and digest, in full: `nginx:1.29` is `docker.io/library/nginx`. */
export function repositoryOf(reference: string): string {
  const { registry, path } = splitReference(reference);
  return `${registry}/${path}`;
}

/** Name of the server that a reference is pulled from: that of Docker Hub is not the one in its references. */
export function registryHost(reference: string): string {
  const { registry } = splitReference(reference);
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry;
}

/** The parts of an image reference, as Docker completes them. */
export function splitReference(reference: string): { registry: string; path: string; version: string } {
  const [named = '', digest] = reference.split('@', 2);
  const slash = named.indexOf('/');
  const first = named.slice(0, Math.max(slash, 0));
  const hasRegistry = slash > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasRegistry ? first : 'docker.io';
  const rest = hasRegistry ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(':');
  const tagged = colon > rest.lastIndexOf('/');
  const name = tagged ? rest.slice(0, colon) : rest;
  const path = registry === 'docker.io' && !name.includes('/') ? `library/${name}` : name;
  return { registry, path, version: digest ?? (tagged ? rest.slice(colon + 1) : 'latest') };
}
