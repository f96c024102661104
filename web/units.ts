// Numbers with their units, as people read them: three digits at most, the unit behind a narrow space. Source: SI and IEC prefixes. Caveat: rounded;
// nothing is computed with them again.

/** narrow and without a break */
const GAP = '\u202f';

/** three significant digits, no exponent, no trailing zeros behind a point */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100 || value === 0) return Math.round(value).toLocaleString('en-US');
  const places = size >= 10 ? 1 : size >= 1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(size)));
  return String(Number(value.toFixed(places)));
}

const scaled = (value: number, steps: readonly (readonly [size: number, unit: string])[]): string => {
  const [size, unit] = steps.find(([least]) => Math.abs(value) >= least * 0.9995) ?? steps.at(-1)!;
  return `${digits(value / size)}${GAP}${unit}`;
};

export const bytes = (count: number): string =>
  scaled(count, [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
    [1, 'B'],
  ]);

export const duration = (ms: number): string =>
  ms >= 120_000
    ? `${digits(ms / 60_000)}${GAP}min`
    : scaled(ms, [
        [1000, 's'],
        [1, 'ms'],
      ]);

/** a count without a unit of its own: "1.49 million" */
export const count = (value: number): string =>
  value < 10_000
    ? digits(value)
    : scaled(value, [
        [1e9, 'billion'],
        [1e6, 'million'],
        [1e3, 'thousand'],
      ]);

/** a count where many stand in a table: "1.49 M" */
export const brief = (value: number): string =>
  value < 10_000
    ? digits(value)
    : scaled(value, [
        [1e9, 'G'],
        [1e6, 'M'],
        [1e3, 'k'],
      ]);

export const cells = (value: number): string => `${count(value)} cells`;
export const cellsPerSecond = (value: number): string => `${count(value)} cells/s`;
export const percent = (share: number): string => `${digits(100 * share)}${GAP}%`;
export const bits = (value: number): string => `${value.toFixed(1)}${GAP}bits`;

const FRI_PER_STRK = 1e18;
/** a fee, which the chain counts in fri */
export const strk = (fri: bigint): string => `${digits(Number(fri) / FRI_PER_STRK)}${GAP}STRK`;
export const gas = (value: number | bigint): string => `${count(Number(value))} L2 gas`;
/** a felt as explorers write addresses: all of its digits */
export const felt = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`;

/** the ends of an id: enough to compare by eye with another one shown alike */
export const shortId = (id: string): string => `${id.slice(0, 6)}…${id.slice(-4)}`;
export const shape = (sizes: readonly number[]): string => sizes.join(' × ');
