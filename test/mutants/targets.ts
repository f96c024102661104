// What is weakened, and by which tests each file's mutants must be killed. Fast files come first: the first failure ends a mutant.
// Source: the files a verdict rests on. Caveat: test/vm/pinned.test.ts is in no list: it pins bytes, and says of no change that it is wrong.
import type { Choice } from './generate.ts';

export interface Target extends Choice {
  killers: readonly string[];
}

const verify = ['test/air/verify.test.ts'];
const shards = ['test/air/shards.test.ts'];
const committed = ['test/vm/committed.test.ts'];
const vm = ['test/vm/verify.test.ts', 'test/vm/statement/model.test.ts', ...committed];

export const TARGETS: Readonly<Record<string, Target>> = {
  'air/verify.ts': { killers: [...verify, ...shards, 'test/air/stream.test.ts', 'test/air/forgeries.test.ts'] },
  'air/verify-shard.ts': { killers: [...verify, ...shards, 'test/air/stream.test.ts', 'test/air/forgeries.test.ts'] },
  'air/transcript.ts': { killers: ['test/air/transcript.test.ts', ...verify], hashed: true },
  'air/machine.ts': {
    killers: ['test/air/machine.test.ts', 'test/air/transcript.test.ts', ...verify, 'test/vm/statement/instances.test.ts'],
  },
  'fri/core/channel.ts': { killers: ['test/fri/core/channel.test.ts', ...verify], hashed: true },
  'fri/pcs/deep.ts': { killers: ['test/fri/pcs/pcs.test.ts', ...verify] },
  'fri/pcs/fold.ts': { killers: ['test/fri/pcs/pcs.test.ts', ...verify] },
  'fri/pcs/layout.ts': { killers: ['test/fri/pcs/layout.test.ts', ...verify] },
  'fri/core/merkle.ts': { killers: ['test/fri/core/merkle.test.ts', ...verify], except: ['buildTree', 'rootOf', 'witnesses'] },
  'fri/pcs/stream.ts': { killers: ['test/fri/pcs/stream.test.ts', ...verify], except: ['ProofWriter', 'calldataFelts', 'toCalldata'] },
  'fri/core/digest.ts': { killers: ['test/fri/core/blake2s.test.ts', 'test/fri/core/merkle.test.ts'] },
  'fri/core/circle.ts': {
    killers: ['test/fri/core/circle.test.ts', 'test/fri/pcs/pcs.test.ts', 'test/fri/core/fft.test.ts', ...verify],
    except: ['positionOf', 'rowPosition', 'previousPosition', 'previousPositions', 'quarterDomain', 'domain', 'vanishingOnDomain'],
  },
  'fri/pcs/security.ts': { killers: ['test/fri/pcs/security.test.ts', 'test/vm/statement/instances.test.ts'] },
  'fri/pcs/profile.ts': {
    killers: ['test/air/transcript.test.ts', 'test/fri/core/channel.test.ts', 'test/fri/pcs/security.test.ts', ...verify],
    hashed: true,
  },
  'fri/core/work.ts': { killers: ['test/fri/core/channel.test.ts'], hashed: true, except: ['grindRange', 'grind', 'toNonce'] },
  'fri/pcs/proof-size.ts': { killers: ['test/fri/pcs/proof-size.test.ts'] },
  'vm/verify.ts': { killers: vm },
  'vm/statement/claim.ts': { killers: ['test/vm/statement/claim.test.ts', 'test/vm/statement/model.test.ts', ...committed], hashed: true },
  'vm/statement/record.ts': { killers: ['test/vm/statement/record.test.ts', ...committed], hashed: true },
  'vm/statement/record-file.ts': { killers: ['test/vm/statement/record-file.test.ts'] },
  'vm/program/regions.ts': {
    killers: ['test/vm/program/bounds.test.ts', 'test/vm/program/loader.test.ts', ...committed],
    except: ['invalid'],
  },
  'vm/program/committed.ts': { killers: committed },
  'vm/statement/input.ts': { killers: [...committed, 'test/vm/statement/claim.test.ts', 'test/compiler/committed.test.ts'] },
  'vm/program/loader.ts': {
    killers: ['test/vm/program/bounds.test.ts', 'test/vm/program/loader.test.ts', ...committed],
    except: ['invalid'],
  },
  'vm/program/packing.ts': {
    killers: ['test/vm/program/packing.test.ts', 'test/vm/statement/claim.test.ts', ...vm],
    except: ['elementName', 'outOfRange'],
  },
  'vm/files/proof.ts': { killers: ['test/vm/files/proof.test.ts', ...committed] },
  'vm/statement/instances.ts': {
    killers: ['test/vm/statement/instances.test.ts', 'test/vm/statement/model.test.ts', ...committed],
    except: ['cellCount', 'cellsByChip'],
  },
  'vm/statement/model.ts': { killers: vm },
};
