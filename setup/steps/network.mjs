import fs from 'node:fs';
import path from 'node:path';
import { run, succeeds } from '../lib/exec.mjs';
import { enableForwarding } from '../lib/forwarding.mjs';
import { withLock } from '../lib/lock.mjs';
import { kernelNames, removeKernelObjects } from '../lib/namespace.mjs';

/** @type {import('../lib/steps.mjs').Step} */
export const network = {
  name: 'network',
  title: 'network namespace',
  needs: ['instance', 'packages'],
  async run(ctx) {
    const { id, address, hostAddress, prefixLength } = ctx.instance;
    const names = kernelNames(id);
    Object.assign(ctx.facts, { CCI_NETNS: names.netnsFile, CCI_INGRESS_ADDRESS: address });
    const outcome = (await stands(ctx)) ? 'present' : 'made';
    if (outcome === 'made') {
      await removeKernelObjects(id);
      const inside = (/** @type {string[]} */ ...args) => run(['ip', '-n', names.netns, ...args]);
      await run(['ip', 'netns', 'add', names.netns]);
      await run(['ip', 'link', 'add', names.hostLink, 'type', 'veth', 'peer', 'name', names.innerLink]);
      await run(['ip', 'link', 'set', names.innerLink, 'netns', names.netns]);
      await run(['ip', 'address', 'add', `${hostAddress}/${prefixLength}`, 'dev', names.hostLink]);
      await run(['ip', 'link', 'set', names.hostLink, 'up']);
      await inside('address', 'add', `${address}/${prefixLength}`, 'dev', names.innerLink);
      await inside('link', 'set', 'lo', 'up');
      await inside('link', 'set', names.innerLink, 'up');
      await inside('route', 'add', 'default', 'via', hostAddress);
    }
    for (const rule of rules(ctx)) {
      if (await succeeds(['iptables', '-w', '10', '-t', rule.table, '-C', rule.chain, ...rule.match]))
        continue;
      await run(['iptables', '-w', '10', '-t', rule.table, '-I', rule.chain, ...rule.match]);
    }
    const lock = path.join(ctx.cache, 'locks', 'forwarding.lock');
    await withLock(lock, async () => enableForwarding(ctx.cache));
    return outcome;
  },
};

/** @param {import('../lib/context.mjs').Context} ctx */
async function stands(ctx) {
  const names = kernelNames(ctx.instance.id);
  if (!fs.existsSync(names.netnsFile) || !fs.existsSync(`/sys/class/net/${names.hostLink}`)) return false;
  const { stdout } = await run(['ip', '-n', names.netns, '-4', 'address', 'show'], { allowFailure: true });
  const routes = await run(['ip', '-n', names.netns, 'route'], { allowFailure: true });
  return stdout.includes(` ${ctx.instance.address}/`) && routes.stdout.includes('default via');
}

/**
 * Every rule carries the instance's comment: removal takes exactly these.
 * @param {import('../lib/context.mjs').Context} ctx
 */
function rules(ctx) {
  const { id, subnet } = ctx.instance;
  const names = kernelNames(id);
  const tag = ['-m', 'comment', '--comment', names.comment];
  const answers = ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED'];
  return [
    {
      table: 'nat',
      chain: 'POSTROUTING',
      match: ['-s', subnet, '!', '-d', subnet, ...tag, '-j', 'MASQUERADE'],
    },
    { table: 'filter', chain: 'FORWARD', match: ['-i', names.hostLink, ...tag, '-j', 'ACCEPT'] },
    { table: 'filter', chain: 'FORWARD', match: ['-o', names.hostLink, ...answers, ...tag, '-j', 'ACCEPT'] },
  ];
}
