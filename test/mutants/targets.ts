// What is weakened, and by which tests each file's mutants must be killed. Fast files come first: the first failure ends a mutant.
// Source: the files a verdict rests on. Caveat: test/vm/pinned.test.ts is in no list: it pins bytes, and says of no change that it is wrong.
import type { Choice } from './generate.ts';

export interface Target extends Choice {
  killers: readonly string[];
}

const quick = ['test/air/transcript.test.ts', 'test/air/machine.test.ts', 'test/air/verify.test.ts'];
const air = [...quick, 'test/air/prove.test.ts', 'test/air/stream.test.ts', 'test/air/forgeries.test.ts'];
const vm = ['test/vm/verify.test.ts', 'test/vm/model.test.ts'];

export const TARGETS: Readonly<Record<string, Target>> = {
  'air/verify.ts': { killers: air },
  'air/transcript.ts': { killers: air, hashed: true },
  'air/machine.ts': { killers: [...quick, 'test/air/prove.test.ts', 'test/vm/instances.test.ts'] },
  'fri/channel.ts': { killers: ['test/fri/channel.test.ts', ...quick], hashed: true },
  'fri/deep.ts': { killers: ['test/fri/pcs.test.ts', ...quick] },
  'fri/fold.ts': { killers: ['test/fri/pcs.test.ts', ...quick] },
  'fri/layout.ts': { killers: ['test/fri/layout.test.ts', ...quick] },
  'fri/merkle.ts': { killers: ['test/fri/merkle.test.ts', ...quick], except: ['buildTree', 'rootOf', 'witnesses'] },
  'fri/stream.ts': { killers: ['test/fri/stream.test.ts', ...quick], except: ['ProofWriter', 'calldataFelts', 'toCalldata'] },
  'fri/digest.ts': { killers: ['test/fri/merkle.test.ts', 'test/fri/stream.test.ts'] },
  'fri/circle.ts': {
    killers: ['test/fri/circle.test.ts', 'test/fri/pcs.test.ts', 'test/fri/fft.test.ts', ...quick],
    except: ['positionOf', 'rowPosition', 'previousPosition', 'previousPositions', 'quarterDomain', 'domain', 'vanishingOnDomain'],
  },
  'fri/security.ts': { killers: ['test/fri/security.test.ts', 'test/vm/instances.test.ts'] },
  'fri/profile.ts': {
    killers: ['test/air/transcript.test.ts', 'test/fri/channel.test.ts', 'test/fri/security.test.ts', ...quick],
    hashed: true,
  },
  'fri/work.ts': { killers: ['test/fri/channel.test.ts'], hashed: true, except: ['grindRange', 'grind', 'toNonce'] },
  'fri/proof-size.ts': { killers: ['test/fri/proof-size.test.ts'] },
  'vm/verify.ts': { killers: vm },
  'vm/statement.ts': { killers: ['test/vm/statement.test.ts', ...vm], hashed: true },
  'vm/record.ts': { killers: ['test/vm/record.test.ts', ...vm], hashed: true },
  'vm/loader.ts': { killers: ['test/vm/loader.test.ts', 'test/vm/limits.test.ts', 'test/vm/order.test.ts', 'test/vm/zkb.test.ts'] },
  'vm/packing.ts': { killers: ['test/vm/packing.test.ts', ...vm], except: ['elementName'] },
  'vm/proof-file.ts': { killers: ['test/vm/proof-file.test.ts', ...vm] },
  'vm/instances.ts': { killers: ['test/vm/instances.test.ts', ...vm], except: ['cellCount', 'cellsByChip'] },
  'vm/model.ts': { killers: vm },
};
