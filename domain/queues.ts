/** Task queue of decisions and publishing: workflows and activities that touch no host. */
export const DECISIONS_QUEUE = 'cc-ci';

/** Task queue of everything that touches the named host. */
export function hostQueue(host: string): string {
  return `cc-ci.host.${host}`;
}

/** Workflow id of the pool that grants the leases of a host. */
export function hostPoolId(host: string): string {
  return `host-pool-${host}`;
}

/** Id of the schedule of the janitor of a host, and the begin of the ids of its workflows. */
export function janitorId(host: string): string {
  return `janitor-${host}`;
}
