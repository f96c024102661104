// The caller's context: bytes that a proof is bound to, written in hexadecimal. Source: DESIGN §5.
// Caveat: what the bytes mean (chain, contract, nonce) is between the caller and whoever accepts the proof.
import { usage } from '../../fri/core/errors.ts';
import { requireContext } from '../../vm/statement/context.ts';

/** Bytes of a hexadecimal text, with or without 0x. @throws ZK0822, ZK0311 */
export function parseContext(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits))
    throw usage('ZK0822', {
      what: 'the context is not hexadecimal',
      where: `--context ${JSON.stringify(text.slice(0, 40))}`,
      why: 'an even number of digits 0-9, a-f is needed',
    });
  const bytes = Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
  requireContext(bytes);
  return bytes;
}

export const contextText = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
