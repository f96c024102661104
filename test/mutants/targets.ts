// What is weakened, and by which tests each file's mutants must be killed. Fast files come first: the first failure ends a mutant.
// Source: the files a verdict rests on. Caveat: test/vm/pinned.test.ts is in no list: it pins bytes, and says of no change that it is wrong.
import type { Choice } from './generate.ts';

export interface Target extends Choice {
  killers: readonly string[];
}

const verify = ['test/air/verify.test.ts'];
const vm = ['test/vm/verify.test.ts', 'test/vm/model.test.ts'];

export const TARGETS: Readonly<Record<string, Target>> = {
  'air/verify.ts': { killers: [...verify, 'test/air/stream.test.ts', 'test/air/forgeries.test.ts'] },
  'air/transcript.ts': { killers: ['test/air/transcript.test.ts', ...verify], hashed: true },
  'air/machine.ts': { killers: ['test/air/machine.test.ts', 'test/air/transcript.test.ts', ...verify, 'test/vm/instances.test.ts'] },
  'fri/channel.ts': { killers: ['test/fri/channel.test.ts', ...verify], hashed: true },
  'fri/deep.ts': { killers: ['test/fri/pcs.test.ts', ...verify] },
  'fri/fold.ts': { killers: ['test/fri/pcs.test.ts', ...verify] },
  'fri/layout.ts': { killers: ['test/fri/layout.test.ts', ...verify] },
  'fri/merkle.ts': { killers: ['test/fri/merkle.test.ts', ...verify], except: ['buildTree', 'rootOf', 'witnesses'] },
  'fri/stream.ts': { killers: ['test/fri/stream.test.ts', ...verify], except: ['ProofWriter', 'calldataFelts', 'toCalldata'] },
  'fri/digest.ts': { killers: ['test/fri/blake2s.test.ts', 'test/fri/merkle.test.ts'] },
  'fri/circle.ts': {
    killers: ['test/fri/circle.test.ts', 'test/fri/pcs.test.ts', 'test/fri/fft.test.ts', ...verify],
    except: ['positionOf', 'rowPosition', 'previousPosition', 'previousPositions', 'quarterDomain', 'domain', 'vanishingOnDomain'],
  },
  'fri/security.ts': { killers: ['test/fri/security.test.ts', 'test/vm/instances.test.ts'] },
  'fri/profile.ts': {
    killers: ['test/air/transcript.test.ts', 'test/fri/channel.test.ts', 'test/fri/security.test.ts', ...verify],
    hashed: true,
  },
  'fri/work.ts': { killers: ['test/fri/channel.test.ts'], hashed: true, except: ['grindRange', 'grind', 'toNonce'] },
  'fri/proof-size.ts': { killers: ['test/fri/proof-size.test.ts'] },
  'vm/verify.ts': { killers: vm },
  'vm/statement.ts': { killers: ['test/vm/statement.test.ts', 'test/vm/model.test.ts'], hashed: true },
  'vm/record.ts': { killers: ['test/vm/record.test.ts'], hashed: true },
  'vm/loader.ts': { killers: ['test/vm/bounds.test.ts', 'test/vm/loader.test.ts'], except: ['invalid'] },
  'vm/packing.ts': { killers: ['test/vm/packing.test.ts', 'test/vm/statement.test.ts', ...vm], except: ['elementName', 'outOfRange'] },
  'vm/proof-file.ts': { killers: ['test/vm/proof-file.test.ts'] },
  'vm/instances.ts': { killers: ['test/vm/instances.test.ts', 'test/vm/model.test.ts'], except: ['cellCount', 'cellsByChip'] },
  'vm/model.ts': { killers: vm },
};
