import type { FixtureHttp, SpecMarker } from '../fixtures.ts';
import type { SpecAnswer, SpecRequest } from '../spec-http.ts';
import { asAdmin } from './accounts.ts';

type Send = (
  method: NonNullable<SpecRequest['method']>,
  path: string,
  body?: object,
  headers?: Readonly<Record<string, string>>,
) => Promise<SpecAnswer>;

/** Requests of Gitea's API as the administrator, or with the headers given. */
export function adminApi(http: FixtureHttp, marker: SpecMarker): Send {
  return (method, path, body, headers = asAdmin(marker.seed)) =>
    http.request(`/api/v1${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}
