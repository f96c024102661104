// The caller's bytes in a statement: how many there may be. Source: ours; a contract takes 32 felts, everybody else has room for a nonce, a caller and
// some names. Caveat: readers of proofs and traces take longer ones (files/), for who only reads has to say what a file claims.
import { usage } from '../../fri/core/errors.ts';

export const MAX_CONTEXT_BYTES = 4096;

/** @throws ZK0311 */
export function requireContext({ length }: Uint8Array): void {
  if (length > MAX_CONTEXT_BYTES)
    throw usage('ZK0311', {
      what: `a context of ${length} bytes, at most ${MAX_CONTEXT_BYTES}`,
      fix: 'take a hash of it as the context',
    });
}
