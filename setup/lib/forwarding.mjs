import fs from 'node:fs';
import path from 'node:path';

const SWITCH = '/proc/sys/net/ipv4/ip_forward';

/**
 * Lets the machine forward packets of our namespaces, and notes it when it was us who changed it.
 * @param {string} cache
 */
export function enableForwarding(cache) {
  if (fs.readFileSync(SWITCH, 'utf8').trim() === '1') return;
  fs.writeFileSync(path.join(cache, 'ip-forward.was-0'), '');
  fs.writeFileSync(SWITCH, '1');
}

/**
 * Restores the switch when we changed it and no instance needs it any more.
 * @param {string} cache
 */
export function restoreForwarding(cache) {
  const note = path.join(cache, 'ip-forward.was-0');
  if (!fs.existsSync(note)) return;
  const folder = '/run/netns';
  const inUse = fs.existsSync(folder) && fs.readdirSync(folder).some((name) => name.startsWith('cci-'));
  if (inUse) return;
  fs.writeFileSync(SWITCH, '0');
  fs.rmSync(note, { force: true });
}
