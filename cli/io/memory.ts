// Bytes as people write and read them. Source: SI and IEC prefixes. Caveat: letters are taken in either case.
import { usage } from '../../fri/core/errors.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 };

/** Bytes from a text like 2GB or 800 MiB. @throws usage ZK0821 */
export function parseBytes(text: string): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const scale = UNITS[unit?.toLowerCase() ?? 'none'];
  if (number === undefined || scale === undefined)
    throw usage('ZK0821', { what: `"${text}" is no number of bytes`, where: '--memory', fix: 'write it like 2GB, 800MB or 1.5GiB' });
  return Number(number) * scale;
}

export const formatMegabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
