import { z } from 'zod';
import type { Health } from './recipe.ts';

/** How the public hostnames of a host's apps are reached: names below the zone lead to one address. */
export const ingressSchema = z.object({
  address: z.string().min(1),
  port: z.number().int().min(1).max(65_535),
  zone: z.string().min(1),
});
export type Ingress = z.infer<typeof ingressSchema>;

export interface HttpAnswer {
  readonly url: string;
  readonly status: number;
  /** By lower-case name; values of a repeated header are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The body was longer than the client's bound and is cut. */
  readonly truncated: boolean;
}

export interface IngressTarget {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  readonly path: string;
  readonly headers: { readonly host: string };
}

/**
 * Options of `node:https` for a URL below the zone: the connection goes to the ingress, while the TLS name, the check of
 * the certificate and the Host header are those of the URL. Other hosts are refused: nothing but the apps is probed.
 */
export function throughIngress(ingress: Ingress, url: URL): IngressTarget {
  if (url.hostname !== ingress.zone && !url.hostname.endsWith(`.${ingress.zone}`)) {
    throw new Error(`${url.hostname} is not below the zone ${ingress.zone}`);
  }
  return {
    host: ingress.address,
    port: ingress.port,
    servername: url.hostname,
    path: `${url.pathname}${url.search}`,
    // The public port is 443 whatever port the ingress has on this host.
    headers: { host: url.hostname },
  };
}

export function bodyText(answer: HttpAnswer): string {
  return new TextDecoder().decode(answer.body);
}

/** Media type without parameters, lower-case; empty when the answer names none. */
export function mediaType(answer: HttpAnswer): string {
  return (answer.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Traefik's own answer for a host without a router: `404 page not found` in 19 bytes, `text/plain`. */
export function isIngressNotFound(answer: HttpAnswer): boolean {
  return (
    answer.status === 404 && mediaType(answer) === 'text/plain' && bodyText(answer) === '404 page not found\n'
  );
}

/** Where a redirect leads, absolute; undefined for every other answer. */
export function redirectTarget(answer: HttpAnswer): URL | undefined {
  const location = answer.headers['location'];
  if (answer.status < 300 || answer.status > 399 || location === undefined) return undefined;
  return URL.canParse(location, answer.url) ? new URL(location, answer.url) : undefined;
}

/**
 * Why an answer is not the one that the recipe's health definition expects; undefined when it is. An app behind the
 * ingress is told apart from the ingress itself, from another host and from an empty page.
 */
export function faultOf(health: Health, answer: HttpAnswer): string | undefined {
  if (isIngressNotFound(answer)) return "404 from the ingress itself: no router answers for the app's host";
  const target = redirectTarget(answer);
  if (target && target.hostname !== new URL(answer.url).hostname) {
    return `status ${answer.status} redirects to another host: ${target.hostname}`;
  }
  if (!health.status.includes(answer.status)) {
    return `status ${answer.status}, expected ${health.status.join(' or ')}`;
  }
  if (health.contentType !== undefined && mediaType(answer) !== health.contentType.toLowerCase()) {
    return `content type ${mediaType(answer) || 'missing'}, expected ${health.contentType}`;
  }
  if (health.contains !== undefined && !bodyText(answer).includes(health.contains)) {
    return `the body does not contain ${JSON.stringify(health.contains)}`;
  }
  // A declared health endpoint may well say nothing but its status; a front page may not.
  if (health.path === '/' && answer.status === 200 && answer.body.length === 0) return 'the body is empty';
  return undefined;
}
