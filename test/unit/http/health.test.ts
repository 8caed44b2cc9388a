import { describe, expect, it } from 'vitest';
import { faultOf, isIngressNotFound, throughIngress, type HttpAnswer } from '../../../domain/http.ts';
import { healthSchema } from '../../../domain/recipe.ts';

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const HTML = { 'content-type': 'text/html' };

function answer(status: number, headers: Record<string, string>, body: string): HttpAnswer {
  const url = 'https://site-0a1b2c.ci.test/';
  return { url, status, headers, body: new TextEncoder().encode(body), truncated: false };
}

function health(fields: Record<string, unknown> = {}) {
  return healthSchema.parse(fields);
}

describe('faultOf', () => {
  it('accepts a page of the app [F-07]', () => {
    expect(faultOf(health(), answer(200, HTML, '<p>hello</p>'))).toBeUndefined();
  });

  it('refuses a placeholder page where JSON is expected [F-01]', () => {
    const wanted = health({ path: '/rest/settings', contentType: 'application/json' });
    expect(faultOf(wanted, answer(200, HTML, '<p>starting up</p>'))).toMatch(
      /text\/html, expected application\/json/,
    );
    const json = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect(faultOf(wanted, answer(200, json, '{}'))).toBeUndefined();
  });

  it('refuses a page without the expected text [R-34]', () => {
    expect(faultOf(health({ contains: 'Welcome' }), answer(200, HTML, '<p>starting</p>'))).toMatch(
      /"Welcome"/,
    );
  });

  it("tells the ingress' own 404 from the 404 of an app [F-02]", () => {
    const own = answer(404, TEXT, '404 page not found\n');
    expect(own.body).toHaveLength(19);
    expect(isIngressNotFound(own)).toBe(true);
    expect(isIngressNotFound(answer(404, HTML, '<h1>404 page not found</h1>'))).toBe(false);
    expect(isIngressNotFound(answer(404, TEXT, '404 page not found: /x\n'))).toBe(false);
    // Even a recipe that accepts 404 does not mean that there is no router.
    expect(faultOf(health({ status: [404] }), own)).toMatch(/ingress itself/);
    expect(faultOf(health({ status: [404] }), answer(404, HTML, 'mine'))).toBeUndefined();
  });

  it('refuses a redirect to another host even if its status is accepted', () => {
    const wanted = health({ status: [200, 302] });
    const away = answer(302, { location: 'https://gitea.example.com/' }, '');
    expect(faultOf(wanted, away)).toMatch(/another host: gitea\.example\.com/);
    expect(faultOf(wanted, answer(302, { location: '/login' }, ''))).toBeUndefined();
  });

  it('refuses an empty front page but not an empty health endpoint', () => {
    expect(faultOf(health(), answer(200, HTML, ''))).toMatch(/empty/);
    expect(faultOf(health({ path: '/-/health/live/' }), answer(200, {}, ''))).toBeUndefined();
  });

  it.each([401, 500, 502, 503])('refuses status %i', (status) => {
    expect(faultOf(health(), answer(status, HTML, 'sorry'))).toMatch(`status ${status}, expected 200`);
  });
});

describe('throughIngress', () => {
  const ingress = { address: '198.51.100.7', port: 8443, zone: 'ci.test' };

  it('connects to the ingress under the name of the app [F-73]', () => {
    const options = throughIngress(ingress, new URL('https://site-0a1b2c.ci.test/a?b=c'));
    expect(options).toEqual({
      host: '198.51.100.7',
      port: 8443,
      servername: 'site-0a1b2c.ci.test',
      path: '/a?b=c',
      headers: { host: 'site-0a1b2c.ci.test' },
    });
  });

  it.each(['https://example.com/', 'https://evilci.test/', 'https://ci.test.example.com/'])(
    'refuses %s, which is not below the zone',
    (url) => {
      expect(() => throughIngress(ingress, new URL(url))).toThrow(/not below the zone ci\.test/);
    },
  );
});
