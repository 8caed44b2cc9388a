import { describe, expect, it } from 'vitest';
import { composeOf, faultlessApp, lint } from './recipe-text.ts';

/** An app with these labels from line 10 on. */
const appWith = (labels: readonly string[]) =>
  composeOf(faultlessApp(labels.map((label) => `        - 'traefik.${label}'\n`).join('')));

describe('CCI-ENTRYPOINT', () => {
  it.each([
    [
      'a TCP router wants an entry point of its own',
      ['tcp.routers.app.entrypoints=mumble'],
      ['compose.yml:10'],
    ],
    ['one of several is not there', ['http.routers.app.entrypoints=web-secure, ssh'], ['compose.yml:10']],
    [
      'a UDP router wants one',
      ['http.services.app.loadbalancer.server.port=80', 'udp.routers.voice.entryPoints=voice'],
      ['compose.yml:11'],
    ],
  ])('fires when %s [F-84]', async (_title, labels, expected) => {
    expect(await lint({ compose: appWith(labels) }, 'CCI-ENTRYPOINT')).toEqual(expected);
  });

  it.each([
    ['the entry points of a run', ['http.routers.app.entrypoints=web,web-secure']],
    ['routers that name none', ['http.routers.app.rule=Host(`x`)']],
    ['labels that only look alike', ['http.services.app.entrypoints=mumble']],
  ])('has nothing against %s', async (_title, labels) => {
    expect(await lint({ compose: appWith(labels) }, 'CCI-ENTRYPOINT')).toEqual([]);
  });
});
