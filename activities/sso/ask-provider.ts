import type { z } from 'zod';
import { CodedError } from '../../domain/errors.ts';
import { bodyText, isIngressNotFound, type HttpAnswer } from '../../domain/http.ts';
import type { FetchOptions } from '../support/ingress-http.ts';

/** Sends one request to an absolute URL; rejects with the transport's error only. */
export type Send = (url: string, options: FetchOptions) => Promise<HttpAnswer>;

export interface Question {
  /** GET when absent. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** For `Authorization: Bearer`. */
  readonly token?: string;
  readonly json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>;
  /** Statuses that are an answer; any other is a failure. */
  readonly accept: readonly number[];
}

export interface ProviderAnswer {
  readonly status: number;
  /** The parsed body; undefined when there is none. */
  readonly json: unknown;
  /** What was asked, for messages: `GET /admin/realms`. */
  readonly what: string;
}

export type Ask = (path: string, question: Question) => Promise<ProviderAnswer>;

/** A realm is made from dozens of tables; a provider that has just started takes its time for the first one. */
const TIMEOUT_MS = 60_000;
/** Of a refusal's reason; the rest says nothing new. */
const MAX_REASON = 300;
/** Request Timeout and Too Many Requests (RFC 9110, 15.5.9; RFC 6585, 4) speak of the moment, not of the question. */
const OF_THE_MOMENT = [408, 429];

/**
 * Makes the function that speaks JSON to a provider. It rejects with `E_SSO` for errors of the transport, for statuses of
 * 500 and above and for answers of the ingress in the provider's place, and with `E_SSO_REFUSED` for other statuses that
 * were not expected, with the reason that the provider gives.
 */
export function createAsk(send: Send, baseUrl: string): Ask {
  const { origin } = new URL(baseUrl);
  return async (path, question) => {
    const what = `${question.method ?? 'GET'} ${path}`;
    const answer = await send(`${origin}${path}`, optionsOf(question)).catch((cause: unknown) => {
      throw new CodedError('E_SSO', `${what}: ${messageOf(cause)}`, { cause });
    });
    if (isIngressNotFound(answer)) throw new CodedError('E_SSO', `${what}: no router answers for its host`);
    const { status } = answer;
    const json = parse(answer);
    const detail = `${what}: status ${status}${reasonOf(json)}`;
    if (status >= 500 || OF_THE_MOMENT.includes(status)) throw new CodedError('E_SSO', detail);
    // A provider says in JSON what is missing; a page of some other program must not pass for that.
    const foreign = status === 404 && json === undefined;
    if (foreign || !question.accept.includes(status)) throw new CodedError('E_SSO_REFUSED', detail);
    return { status, json, what };
  };
}

/** The body of an answer in its documented form, else `E_SSO_REFUSED`. */
export function readAs<Schema extends z.ZodType>(schema: Schema, answer: ProviderAnswer): z.infer<Schema> {
  const parsed = schema.safeParse(answer.json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new CodedError('E_SSO_REFUSED', `${answer.what} answers in another form: ${faults.join('; ')}`);
}

/** Path with a query, encoded. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query).toString()}`;
}

/** The first reason why the provider is not in the wanted state becomes an `E_SSO_REFUSED`. */
export function requireState(what: string, facts: Readonly<Record<string, boolean>>): void {
  const wrong = Object.keys(facts).filter((fact) => facts[fact] !== true);
  if (wrong.length === 0) return;
  throw new CodedError('E_SSO_REFUSED', `${what} is not what was asked for: ${wrong.join(', ')}`);
}

/** Whether two lists hold the same, in whatever order: providers keep addresses as sets. */
export function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item) => other.includes(item));
}

function optionsOf({ method = 'GET', token, json, form }: Question): FetchOptions {
  const body = form === undefined ? JSON.stringify(json) : new URLSearchParams(form).toString();
  return {
    method,
    timeoutMs: TIMEOUT_MS,
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  };
}

function parse(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(bodyText(answer)) as unknown;
  } catch {
    return undefined;
  }
}

/** The fields in which OAuth (RFC 6749, 5.2), Keycloak and authentik say why. */
function reasonOf(json: unknown): string {
  if (typeof json !== 'object' || json === null) return '';
  const facts = Object.entries(json).filter(([, value]) => typeof value === 'string' || Array.isArray(value));
  const text = facts.map(([key, value]) => `${key}: ${String(value)}`).join(', ');
  return text === '' ? '' : `, ${text.slice(0, MAX_REASON)}`;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection to a name with several addresses has an empty message and only a code.
  return error.message || ('code' in error ? String(error.code) : error.name);
}
