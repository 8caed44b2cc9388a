export const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** "1.5 GiB", "300 MiB". */
export function inWords(bytes: number): string {
  return bytes < GIB ? `${Math.round(bytes / MIB)} MiB` : `${(bytes / GIB).toFixed(1)} GiB`;
}
