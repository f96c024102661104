// A proof from its file, or from the several files that hold shards of it. Caveat: nothing in them is trusted; what they say is held against the model.
import { decodeProofFile, encodeProofFile, joinProofFiles } from '../vm/files/proof.ts';
import { requireKind } from './io/artifacts.ts';
import { readBytes } from './io/files.ts';

/** A proof, put together where its shards are in several files. @throws rejected ZK0330 … ZK0332 */
export function readProof(files: readonly string[]): Uint8Array {
  const proofs = files.map((file) => {
    const bytes = readBytes(file);
    requireKind(bytes, file, ['proof'], 'rejected');
    return bytes;
  });
  return proofs.length === 1 ? proofs[0]! : encodeProofFile(joinProofFiles(proofs.map(decodeProofFile)));
}
