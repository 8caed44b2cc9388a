/**
 * Addresses and ports of the n-th instance of a machine: a /28 and a block of ten ports.
 * The ports stay below the range from which the kernel draws outgoing ports.
 * @param {number} slot
 */
export function slotNetwork(slot) {
  if (!Number.isInteger(slot) || slot < 0 || slot >= SLOTS) throw new RangeError(`slot ${slot}`);
  const prefix = `10.213.${slot >> 4}`;
  const first = (slot & 15) * 16;
  const port = 20_000 + slot * 10;
  return {
    subnet: `${prefix}.${first}/28`,
    hostAddress: `${prefix}.${first + 1}`,
    address: `${prefix}.${first + 2}`,
    prefixLength: 28,
    ports: {
      temporal: port,
      temporalUi: port + 1,
      temporalHttp: port + 2,
      temporalMetrics: port + 3,
      codec: port + 4,
      metrics: port + 5,
    },
  };
}

export const SLOTS = 1_000;

/**
 * @param {string} table content of /proc/net/tcp or /proc/net/tcp6
 * @returns {Set<number>} local ports in use (listening or connected)
 */
export function usedPorts(table) {
  const ports = new Set();
  for (const line of table.split('\n').slice(1)) {
    const local = line.trim().split(/\s+/)[1];
    if (local) ports.add(Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
  }
  return ports;
}

/**
 * @param {string} table content of /proc/net/route
 * @returns {{ network: number, mask: number }[]} all routes but the default one
 */
export function parseRoutes(table) {
  const swap = (/** @type {string} */ hex) => Buffer.from(hex, 'hex').readUInt32LE(0);
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length > 7 && fields[7] !== '00000000')
    .map((fields) => ({ network: swap(fields[1] ?? ''), mask: swap(fields[7] ?? '') }));
}

/**
 * @param {string} cidr
 * @param {{ network: number, mask: number }[]} routes
 * @returns {boolean} whether a route of the machine already covers a part of it
 */
export function overlaps(cidr, routes) {
  const [address = '', bits = '32'] = cidr.split('/');
  const network = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const mask = bits === '0' ? 0 : (-1 << (32 - Number(bits))) >>> 0;
  return routes.some((route) => {
    const shared = (mask & route.mask) >>> 0;
    return (network & shared) >>> 0 === (route.network & shared) >>> 0;
  });
}
