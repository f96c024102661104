// Addresses as the machine's text form has them, and back; field elements with their sign. Source: the machine's documentation, "Memory". Caveat: the first
// address of RAM and the field are the machine's; they are constants of its format.

/** first address of RAM */
const RAM_BASE = 2 ** 28;
const P = 2 ** 31 - 1;

export const placeText = (address: number): string => (address >= RAM_BASE ? `ram+${address - RAM_BASE}` : `rom+${address}`);

/** `ram+12`, `rom+3` or a number; undefined for other text */
export function addressOf(text: string): number | undefined {
  const [, space, digits] = /^(ram\+|rom\+)?(\d+)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) + (space === 'ram+' ? RAM_BASE : 0);
}

/** the signed number that a field element stands for */
export const signed = (value: number): number => (value > P / 2 ? value - P : value);
