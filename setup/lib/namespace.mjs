import fs from 'node:fs';
import path from 'node:path';
import { run, succeeds } from './exec.mjs';
import { which } from './files.mjs';
import { allPids, endProcesses, isAlive, startTime } from './processes.mjs';

/** Names of the kernel objects of an instance; interface names may have 15 characters. */
export function kernelNames(/** @type {string} */ id) {
  return {
    netns: `cci-${id}`,
    netnsFile: `/run/netns/cci-${id}`,
    hostLink: `cci-${id}h`,
    innerLink: `cci-${id}n`,
    comment: `cci-${id}`,
    cgroup: `/cci-${id}`,
  };
}

/**
 * Every process of an instance: those in its network namespace (daemons, shims, helpers) and those
 * in its control groups (containers, which have namespaces of their own).
 * @param {string} id
 * @returns {import('./processes.mjs').Identity[]}
 */
export function processesOf(id) {
  const names = kernelNames(id);
  let netns = '';
  try {
    netns = `net:[${fs.statSync(names.netnsFile).ino}]`;
  } catch {
    // no namespace (any more): containers may still be found by their control group
  }
  const found = [];
  for (const pid of allPids()) {
    try {
      const inNetns = netns && fs.readlinkSync(`/proc/${pid}/ns/net`) === netns;
      const inGroup = () => fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`:${names.cgroup}/`);
      if (inNetns || inGroup()) found.push({ pid, start: startTime(pid) });
    } catch {
      // ended while we looked
    }
  }
  return found.filter((identity) => identity.pid !== process.pid && identity.start);
}

/**
 * Ends every process of an instance but the given ones. Repeated, because what is being ended may
 * have started another one in the moment between.
 * @param {string} id
 * @param {(import('./processes.mjs').Identity | undefined)[]} [except]
 */
export async function endProcessesOf(id, except = []) {
  const kept = new Set(except.filter((identity) => isAlive(identity)).map((identity) => identity?.pid));
  for (let round = 0; round < 20; round++) {
    const left = processesOf(id).filter(({ pid }) => !kept.has(pid));
    if (left.length === 0) return;
    await endProcesses(left, { graceMs: 0 });
  }
}

/**
 * Removes what an instance has in the kernel: processes, namespace, interface, firewall rules,
 * control groups. Everything absent already counts as done.
 * @param {string} id
 */
export async function removeKernelObjects(id) {
  const names = kernelNames(id);
  await endProcessesOf(id);
  if (fs.existsSync(names.netnsFile)) {
    // After a crash of the machine the file is a leftover without a namespace mounted on it.
    if (!(await succeeds(['ip', 'netns', 'delete', names.netns]))) {
      await succeeds(['umount', '-l', names.netnsFile]);
      fs.rmSync(names.netnsFile, { force: true });
    }
  }
  if (fs.existsSync(`/sys/class/net/${names.hostLink}`)) {
    await succeeds(['ip', 'link', 'delete', names.hostLink]);
  }
  await removeRules(names.comment);
  removeControlGroups(names.cgroup);
  fs.rmSync(`/run/cc-ci-${id}`, { recursive: true, force: true });
}

/** @param {string} comment */
async function removeRules(comment) {
  if (!which('iptables-save')) return;
  for (const table of ['nat', 'filter']) {
    const { stdout } = await run(['iptables-save', '-t', table], { allowFailure: true });
    for (const line of stdout.split('\n')) {
      const words = line.split(' ');
      if (words[0] !== '-A' || !words.includes(comment)) continue;
      await succeeds(['iptables', '-w', '10', '-t', table, '-D', ...words.slice(1)]);
    }
  }
}

/** @param {string} name like `/cci-<id>` */
function removeControlGroups(name) {
  const base = '/sys/fs/cgroup';
  const hierarchies = fs.existsSync(base) ? fs.readdirSync(base) : [];
  for (const folder of ['', ...hierarchies]) removeGroup(path.join(base, folder, name));
}

/** @param {string} folder */
function removeGroup(folder) {
  let entries;
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    if (entry.isDirectory()) removeGroup(path.join(folder, entry.name));
  }
  try {
    fs.rmdirSync(folder);
  } catch {
    // still in use by a process that is just ending; an empty group costs nothing
  }
}
