// The registry classes that this version knows: its own, which it trusts, and earlier ones, which it refuses by name. Source: the class of this
// tree is what `npm run build:contracts -- --write` made of contracts/cairo (hashes.ts); each earlier one was built again from the commit that
// its line names. Caveat: a class hash says which code stands at an address, not who deployed it; what is not in the list is unknown, not bad.
import { CLASS_HASHES } from './hashes.ts';

/** A registry's class: who finds it at an address may trust it unless it is refused. */
export interface KnownClass {
  readonly classHash: bigint;
  /** release, or the commits that had it */
  readonly version: string;
  /** why nothing that it says counts; absent where it is trusted */
  readonly refused?: string;
}

const NO_SHARDS = 'it knows no proofs in shards and ends ids of large models: deploy this version';
const ANOTHER_AIR = 'its constraints have another hash: no proof of this version is accepted by it';

export const KNOWN_CLASSES: readonly KnownClass[] = [
  { classHash: CLASS_HASHES.registry.classHash, version: '0.1.0' },
  {
    classHash: 0x892f5560f8c6acbc117a396ad9046009c6c9efb7d0a54e1cbd9f9ac58e8041n,
    version: 'commits of 2026-11-30 before f1d0343',
    refused: NO_SHARDS,
  },
  {
    classHash: 0x3b14094a0b1cd2e469d4b29d0c69f34b188953e2fa3f7a5ab987693da7f9a3n,
    version: 'commits of 2026-11-29 from e911608',
    refused: NO_SHARDS,
  },
  { classHash: 0x3e7a5c67e41c6c6e1a7523ecaa8e4a17d9c15bd6ce321a1305ecea60af1dbdcn, version: 'commit acc28e8', refused: ANOTHER_AIR },
];
