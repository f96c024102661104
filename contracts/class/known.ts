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

const NO_SHARDS = 'it takes no proofs in shards, and knows no models in pages';
const ANOTHER_AIR = 'its constraints are others, so it accepts no proof of this version';
/** SECURITY.md, advisory 2026-11 */
const UNSOUND = 'it accepts proofs of protocol version 1, which anybody could make of any output: its facts are void (advisory 2026-11)';
const NO_VERSION = 'it is sound, but does not say its version, nor who made a fact: deploy this version';
const UNBOUND = 'whoever made the root of a committed input could choose for each proof where its words begin';

export const KNOWN_CLASSES: readonly KnownClass[] = [
  { classHash: CLASS_HASHES.registry.classHash, version: '0.1.0' },
  {
    classHash: 0x4979240993f9b878c04dc1f112b80a798c3da87bb054daea10a477b512e48c3n,
    version: 'commits until protocol version 3, which has one running sum',
    refused: ANOTHER_AIR,
  },
  {
    classHash: 0x1c80aa5ad2d96075ba5cda6173d4771e8a3afda465d7badc842ad2cc3734731n,
    version: 'commits from 3d24e56 on, before a root of a committed input bound its maker',
    refused: UNBOUND,
  },
  {
    classHash: 0x3dbf33246db14dc4ad3d24e8fab01b31968a92740e2acbf004c3c4a87616428n,
    version: 'commit ea9f54b, of the same kind',
    refused: UNBOUND,
  },
  {
    classHash: 0x5b738d3d14561173c1eef49f85c936e7f949cb9a8ca31c7cf3f285dd913c49en,
    version: 'commits from 25a820a on, before committed inputs',
    refused: ANOTHER_AIR,
  },
  {
    classHash: 0x627e92a7e59c17c599ff2abf1f861eeea28746e99cb3d0dcd7416dfbc8086e7n,
    version: 'commits from f1d0343 until 25a820a',
    refused: NO_VERSION,
  },
  {
    classHash: 0x892f5560f8c6acbc117a396ad9046009c6c9efb7d0a54e1cbd9f9ac58e8041n,
    version: 'commits from 1f26be7 of 2026-11-30 until f1d0343',
    refused: NO_SHARDS,
  },
  {
    classHash: 0x3b14094a0b1cd2e469d4b29d0c69f34b188953e2fa3f7a5ab987693da7f9a3n,
    version: 'commits from e911608 of 2026-11-29 until 1f26be7',
    refused: NO_SHARDS,
  },
  { classHash: 0x3e7a5c67e41c6c6e1a7523ecaa8e4a17d9c15bd6ce321a1305ecea60af1dbdcn, version: 'commit acc28e8', refused: ANOTHER_AIR },
  {
    classHash: 0x4329a740ed861ec98d7d4f589937ef95a0e463125729e75077b2b6c83afa200n,
    version: 'commits from f8ba90a of 2026-11-22 until acc28e8',
    refused: UNSOUND,
  },
  {
    classHash: 0x48655a758a5b3cef6c0d5c397cd27e2187dec91294cc08a0a739905409bb07dn,
    version: 'commits 8b0d602 and f0aafb4',
    refused: UNSOUND,
  },
  { classHash: 0x73ce277fa99efe71b6d0d168a1e83ef84edb54d809a035afe30414dc7f53032n, version: 'commit 7f555e7', refused: UNSOUND },
  {
    classHash: 0x66827156804483bcee46b7e1c103b49fc1e5f6c30aae1d0e0e6b01602a3165en,
    version: 'commits 535d3c9 to 99ba857',
    refused: UNSOUND,
  },
];
