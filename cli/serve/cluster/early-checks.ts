// Parts of a proof are looked at as they come, by as many threads as the service has for it, while machines still make others: when the last one is
// there, little is left. Source: vm/verify.ts, which says what a part taken by itself is worth. Caveat: whether it is right is known when all are there.
import type { AcceptedPart } from '../../../vm/verify.ts';
import type { PieceDone, PieceOf } from '../pieces.ts';
import type { MakePiece } from './pool.ts';

interface Looked {
  bytes: Uint8Array;
  accepted: AcceptedPart;
}

export interface EarlyChecks {
  /** @param hash of a part in the store. @returns undefined where it is not there, or not right by itself */
  look(hash: string): Promise<Looked | undefined>;
  /** the proof that these parts make */
  whole(hashes: readonly string[]): Promise<PieceDone | undefined>;
}

/**
 * @param get what stands under a hash in the store, held against it
 * @param make a thread of this process makes it: what one of others says would be worth nothing
 */
export function earlyChecks(of: PieceOf, get: (hash: string) => Promise<Uint8Array | undefined>, make: MakePiece): EarlyChecks {
  const looked = new Map<string, Promise<Looked | undefined>>();

  const lookNow = async (hash: string): Promise<Looked | undefined> => {
    const bytes = await get(hash);
    if (!bytes) {
      looked.delete(hash); // it may be there later, where it was lost and is made again
      return undefined;
    }
    const done = await (await make({ ...of, kind: 'check part', part: bytes })).done;
    return done.kind === 'accepted' ? { bytes, accepted: done.accepted } : undefined;
  };

  const look = (hash: string): Promise<Looked | undefined> => {
    const found = looked.get(hash) ?? lookNow(hash);
    looked.set(hash, found);
    // a store that is away, or a thread that ended, says nothing about the part
    found.catch(() => looked.delete(hash));
    return found;
  };

  return {
    look,
    async whole(hashes) {
      const all = await Promise.all(hashes.map(look));
      if (all.length === 0 || all.some((one) => one === undefined)) return undefined;
      const parts = all as Looked[];
      const piece = { kind: 'check sum', parts: parts.map(({ bytes }) => bytes), accepted: parts.map(({ accepted }) => accepted) } as const;
      return (await make({ ...of, ...piece })).done;
    },
  };
}
