// Addresses as the machine's text form has them, and back; field elements with their sign. Source: the machine's documentation, "Memory". Caveat: the first
// address of RAM and the field are the machine's; they are constants of its format.

/** first addresses of RAM, of committed inputs and of ROM */
const SPACES = [
  ['ram', 2 ** 28],
  ['data', 2 ** 27],
  ['rom', 0],
] as const;
const P = 2 ** 31 - 1;

export function placeText(address: number): string {
  const [name, base] = SPACES.find(([, start]) => address >= start)!;
  return `${name}+${address - base}`;
}

/** `ram+12`, `rom+3` or a number; undefined for other text */
export function addressOf(text: string): number | undefined {
  const [, space = 'rom', digits] = /^(?:(ram|data|rom)\+)?(\d+)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) + SPACES.find(([name]) => name === space)![1];
}

/** the signed number that a field element stands for */
export const signed = (value: number): number => (value > P / 2 ? value - P : value);
