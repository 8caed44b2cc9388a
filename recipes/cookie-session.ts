import { redirectTarget } from '../domain/http.ts';
import { createCookieJar } from './cookie-jar.ts';
import type { SpecAnswer, SpecHttp, SpecRequest } from './spec-http.ts';

/** A client that keeps the cookies it is given and sends them back, as a browser would (spec H-22). */
export interface CookieSession extends SpecHttp {
  /** Like `request`, and follows redirects to the end, or until `until` says that an answer is the one meant. */
  readonly follow: (
    pathOrUrl: string,
    options?: SpecRequest,
    until?: (answer: SpecAnswer) => boolean,
  ) => Promise<SpecAnswer>;
  /** Value of a cookie that would be sent to an absolute URL: for tokens that a header must repeat. */
  readonly cookie: (name: string, url: string) => string | undefined;
}

const MAX_REDIRECTS = 15;

/** A session of its own over a client, whose paths it shares. It begins without cookies. */
export function createCookieSession(http: SpecHttp): CookieSession {
  const jar = createCookieJar();
  const request = async (pathOrUrl: string, options: SpecRequest = {}): Promise<SpecAnswer> => {
    const cookie = jar.header(http.resolve(pathOrUrl));
    const headers = { ...options.headers, ...(cookie === '' ? {} : { cookie }) };
    const answer = await http.request(pathOrUrl, { ...options, headers });
    jar.store(new URL(answer.url), answer.setCookies);
    return answer;
  };
  return {
    request,
    resolve: http.resolve,
    get: (pathOrUrl, headers = {}) => request(pathOrUrl, { headers }),
    follow: async (pathOrUrl, options = {}, until = () => false) => {
      let answer = await request(pathOrUrl, options);
      for (let redirects = 0; ; redirects++) {
        const target = redirectTarget(answer);
        if (!target || until(answer)) return answer;
        if (redirects === MAX_REDIRECTS) {
          throw new Error(
            `more than ${MAX_REDIRECTS} redirects from ${pathOrUrl}, the last to ${target.host}`,
          );
        }
        // 307 and 308 repeat the request as it was; no sign-in asks for that, and secrets are not sent on by chance.
        answer = await request(target.href, { ...withoutBody(options) });
      }
    },
    cookie: (name, url) => jar.value(name, new URL(url)),
  };
}

function withoutBody({ timeoutMs }: SpecRequest): SpecRequest {
  return timeoutMs === undefined ? {} : { timeoutMs };
}
