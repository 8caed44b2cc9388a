import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backupTool } from '../../../client/doctor/backup-tool.ts';
import { diskDocker } from '../../../client/doctor/capacity.ts';
import { dockerDaemon, proxyNetwork, swarm } from '../../../client/doctor/daemon.ts';
import { dns, judgeNames } from '../../../client/doctor/dns.ts';
import { judgeServiceAddresses, serviceAddresses } from '../../../client/doctor/service-addresses.ts';
import type { Check } from '../../../client/doctor/check.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { look, program, startFakeDaemon } from './look.ts';

async function withDaemon(check: Check, answers: Record<string, unknown>) {
  await using daemon = await startFakeDaemon(answers);
  return await look(check, daemon.environment);
}

const info = (Swarm: object, DockerRootDir = '/') => ({ '/info': { DockerRootDir, Swarm } });
const network = { Name: 'proxy', Driver: 'overlay', Scope: 'swarm', Attachable: true, Internal: false };

describe('the daemon', () => {
  it('is good when it answers with a version that is new enough', async () => {
    const version = (Version: string) => ({ '/version': { Version, ApiVersion: '1.41' } });
    expect(await withDaemon(dockerDaemon, version('20.10.24'))).toMatchObject({ status: 'ok' });
    expect(await withDaemon(dockerDaemon, version('19.03.1'))).toMatchObject({
      status: 'fail',
      seen: '19.03.1 is older than 20.10',
    });
  });

  it('fails with a remedy when its socket is absent, or it answers nonsense', async () => {
    const absent = await look(dockerDaemon, { CCI_DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    expect(absent).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/ENOENT/),
      remedy: expect.stringMatching(/^Start the daemon/),
    });
    expect(await withDaemon(dockerDaemon, { '/version': { Version: 3 } })).toMatchObject({ status: 'fail' });
    expect(await withDaemon(dockerDaemon, {})).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/not today/),
    });
  });
});

describe('the swarm', () => {
  it('is good on the only manager', async () => {
    const state = { LocalNodeState: 'active', ControlAvailable: true, Nodes: 1 };
    expect(await withDaemon(swarm, info(state))).toMatchObject({ status: 'ok' });
    expect(await withDaemon(swarm, info({ ...state, Nodes: 3 }))).toMatchObject({ status: 'warn' });
  });

  it('fails when it is not active or another node manages it', async () => {
    expect(await withDaemon(swarm, info({ LocalNodeState: 'inactive' }))).toMatchObject({
      status: 'fail',
      remedy: expect.stringMatching(/docker swarm init/),
    });
    const worker = { LocalNodeState: 'active', ControlAvailable: false };
    expect(await withDaemon(swarm, info(worker))).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/worker/),
    });
  });
});

describe('the network proxy', () => {
  it('is good as an attachable overlay', async () => {
    const others = [{ ...network, Name: 'proxy-internal', Attachable: false }, network];
    expect(await withDaemon(proxyNetwork, { '/networks': others })).toMatchObject({ status: 'ok' });
  });

  it.each([
    ['is absent', [{ ...network, Name: 'proxy-internal' }], 'there is no network "proxy"'],
    ['is a bridge', [{ ...network, Driver: 'bridge', Scope: 'local' }], 'it is bridge, not overlay'],
    ['is not attachable', [{ ...network, Attachable: false }], 'it is not attachable'],
    ['is internal', [{ ...network, Internal: true }], 'it is internal'],
  ])('fails when it %s', async (_, networks, seen) => {
    const report = await withDaemon(proxyNetwork, { '/networks': networks });
    expect(report).toMatchObject({ status: 'fail', seen: expect.stringContaining(seen) });
    expect(report.remedy).toContain('docker network create --driver overlay --attachable proxy');
  });
});

describe('the disk of the daemon', () => {
  it('is where the daemon says, and a warning when that cannot be seen from here', async () => {
    expect((await withDaemon(diskDocker, info({ LocalNodeState: 'active' }, '/tmp'))).seen).toMatch(
      /GiB free at \/tmp/,
    );
    const elsewhere = await withDaemon(diskDocker, info({ LocalNodeState: 'active' }, '/nowhere/docker'));
    expect(elsewhere).toMatchObject({
      status: 'warn',
      remedy: expect.stringContaining('df -h /nowhere/docker'),
    });
  });
});

/** A docker client that does what the cases of a shell say, and notes how it was called. */
function fakeClient(cases: string) {
  const calls = join(temporaryFolder(), 'calls');
  const path = program(`echo "$*" >> ${calls}\ncase "$*" in\n${cases}\nesac`);
  const environment = {
    CCI_DOCKER_BIN: path,
    CCI_DOCKER_HOST: 'unix:///nowhere',
    CCI_DATA: temporaryFolder(),
  };
  return {
    environment,
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
  };
}

const NO_IMAGE = '"image inspect"*) echo "Error: No such image: x" >&2; exit 1;;';

describe('the backup tool', () => {
  it('is good when its image runs', async () => {
    const { environment } = fakeClient('run*) echo restic 0.14.0 compiled with go1.19.8;;');
    expect(await look(backupTool, environment)).toMatchObject({
      status: 'ok',
      seen: expect.stringMatching(/^restic 0\.14\.0/),
    });
  });

  it('warns when the image has to be pulled first, and fails when it does not run', async () => {
    expect(await look(backupTool, fakeClient(NO_IMAGE).environment)).toMatchObject({
      status: 'warn',
      remedy: 'Run `DOCKER_HOST=unix:///nowhere docker pull restic/restic:0.14.0`',
    });
    const broken = fakeClient('run*) echo exec format error >&2; exit 1;;');
    expect(await look(backupTool, broken.environment)).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/exec format error/),
    });
    const down = fakeClient('image*) echo Cannot connect to the Docker daemon >&2; exit 1;;');
    expect(await look(backupTool, down.environment)).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/Cannot connect/),
    });
  });

  it('leaves no container when it is stopped', async () => {
    const client = fakeClient('run*) sleep 30;;');
    const report = await look({ ...backupTool, limitMs: 1_500 }, client.environment);
    expect(report).toMatchObject({ status: 'fail', seen: 'no answer within 1.5 s' });
    const [, name] = /--name (cci-doctor-[0-9a-f]{8})/.exec(client.calls().join('\n')) ?? [];
    expect(client.calls().at(-1)).toBe(`rm --force ${name}`);
  });
});

describe('names in containers', () => {
  const zone = { CCI_ZONE: 'ci.test', CCI_INGRESS_ADDRESS: '10.0.0.2' };

  it('are good when they lead to the ingress', async () => {
    const client = fakeClient(
      'run*) echo "10.0.0.2      STREAM doctor.ci.test"; echo "10.0.0.2      DGRAM";;',
    );
    expect(await look(dns, { ...zone, ...client.environment })).toMatchObject({ status: 'ok' });
    expect(client.calls().at(-1)).toMatch(/getent .* ahostsv4 doctor\.ci\.test$/);
  });

  it('fail when they do not resolve, and warn when they lead elsewhere [F-73]', async () => {
    const client = fakeClient('run*) exit 2;;');
    expect(await look(dns, { ...zone, ...client.environment })).toMatchObject({
      status: 'fail',
      seen: 'containers cannot resolve doctor.ci.test',
    });
    expect(judgeNames('doctor.ci.test', '192.0.2.7  STREAM doctor.ci.test\n', '10.0.0.2')).toMatchObject({
      status: 'warn',
      seen: 'in containers *.ci.test is 192.0.2.7, and not 10.0.0.2',
    });
    expect(await look(dns, { ...zone, ...fakeClient(NO_IMAGE).environment })).toMatchObject({
      status: 'warn',
    });
  });
});

describe('the addresses of services', () => {
  const silent = 'run*) echo silent;;';

  it('are judged by the mode in which stacks are rendered', () => {
    expect(judgeServiceAddresses('silent', false)).toMatchObject({
      status: 'ok',
      seen: expect.stringMatching(/dnsrr/),
    });
    expect(judgeServiceAddresses('answers', true)).toMatchObject({ status: 'ok' });
    expect(judgeServiceAddresses('answers', false)).toMatchObject({ status: 'warn' });
    expect(judgeServiceAddresses('silent', true)).toMatchObject({
      status: 'fail',
      remedy: 'Load the kernel module ip_vs, or set CCI_SERVICE_VIPS=false',
    });
    expect(judgeServiceAddresses('no task', true)).toMatchObject({ status: 'fail' });
  });

  it('are asked at a service that is gone afterwards', async () => {
    const client = fakeClient(silent);
    const report = await look(serviceAddresses, { ...client.environment, CCI_SERVICE_VIPS: 'true' });
    expect(report).toMatchObject({ status: 'fail', seen: expect.stringMatching(/are silent/) });
    const calls = client.calls();
    const [, name] = /service create .* --name (cci-doctor-[0-9a-f]{8}) /.exec(calls.join('\n')) ?? [];
    expect(calls.at(-1)).toBe(`service rm ${name}`);
    expect(
      calls
        .filter((call) => /create|run/.test(call))
        .every((call) => call.includes('--label cc-ci.system=true')),
    ).toBe(true);
  });

  it('fail when the service cannot be made, and the service is gone when the time is up', async () => {
    const refused = fakeClient('"service create"*) echo network proxy not found >&2; exit 1;;');
    expect(await look(serviceAddresses, { ...refused.environment, CCI_SERVICE_VIPS: 'false' })).toMatchObject(
      {
        status: 'fail',
        seen: 'the service of the probe did not come up: network proxy not found',
      },
    );
    const slow = fakeClient('run*) sleep 30;;');
    const environment = { ...slow.environment, CCI_SERVICE_VIPS: 'false' };
    expect(await look({ ...serviceAddresses, limitMs: 1_500 }, environment)).toMatchObject({
      status: 'fail',
    });
    expect(slow.calls().slice(-2)).toEqual([
      expect.stringMatching(/^rm --force cci-doctor-/),
      expect.stringMatching(/^service rm cci-doctor-/),
    ]);
    expect(
      await look(serviceAddresses, { ...fakeClient(NO_IMAGE).environment, CCI_SERVICE_VIPS: 'false' }),
    ).toMatchObject({ status: 'warn' });
  });
});
