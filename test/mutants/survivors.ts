// The mutants that no test notices, and why each is harmless: file, then the mutant's name, then the reason. `npm run test:mutants` fails when a
// listed one is killed or gone. Caveat: a reason is an argument, not a proof; whoever adds one must be able to defend it.
const SAME = 'computes the same';
const SMALL_RAM = 'RAM has 2^20 words at most, 2^24 elements; a larger region ends outside it';
const BUDGET = 'how long a hostile count keeps the loader busy; masks behind the budget are checked by executor and AIR';
const SPELT_OUT = 'a file must spell these rows out, 200 MB of them; no test makes one';

export const SURVIVORS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'air/machine.ts': {
    'numerator = Q.add(Q.mul(numerator, denominator), Q.scale(product, count < 0 ? count + P : count)); | count < 0 → true': `${SAME}: the product is reduced modulo p, so count + p counts as count`,
    'numerator = Q.add(Q.mul(numerator, denominator), Q.scale(product, count < 0 ? count + P : count)); | < → <=': `${SAME}: p counts as 0`,
  },
  'fri/pcs/layout.ts': {
    'const lower = indexed.filter(({ block }) => block.logSize < logSize && block.lifts.length > 0); | > → >=': `${SAME}: a height without lifts is an empty batch, which is left out below`,
    'const lower = indexed.filter(({ block }) => block.logSize < logSize && block.lifts.length > 0); | block.lifts.length > 0 → true': `${SAME}: a height without lifts is an empty batch, which is left out below`,
    '.filter((term) => term.columns.length > 0); | > → >=': `${SAME}: only a periodicity of the tests leaves a term empty, and an empty term adds 0`,
    'return [all, previous, ...periodic.filter((batch) => batch.terms.length > 0)]; | > → >=': `${SAME}: only a periodicity of the tests leaves a batch empty, and an empty batch adds 0`,
  },
  'fri/pcs/deep.ts': {
    'const SUMMED = 32; | nothing → + 1': `${SAME}: 33 products stay below 2^53 as well`,
    'const SUMMED = 32; | nothing → - 1': `${SAME}: in more pieces`,
  },
  'fri/core/merkle.ts': {
    'if (last < 0) throw … | last < 0 → false':
      'no positions are no positions inside the tree: the check of the range refuses them, in other words',
  },
  'fri/pcs/stream.ts': {
    'if (felt < 0n || felt >> PACKED_FELT_BITS) throw … | felt < 0n → false': `${SAME}: a negative number shifted right is never 0`,
    'if (felt < 0n || felt >> PACKED_FELT_BITS) throw … | felt < 0n → false (2)': `${SAME}: a negative number shifted right is never 0`,
    'if (felt < 0n || felt >> NONCE_BITS) throw … | felt < 0n → false': `${SAME}: a negative number shifted right is never 0`,
  },
  'fri/core/circle.ts': {
    'const index = (2 ** (30 - logSize) + (natural % half) * 2 ** (32 - logSize)) & INDEX_MASK; | & INDEX_MASK → nothing': `${SAME}: the sum is below 2^31`,
  },
  'fri/pcs/security.ts': {
    'const MAX_MULTIPLICITY = 1000; | nothing → + 1':
      'how far the best proven bound is looked for; every multiplicity gives a bound that holds',
    'const MAX_MULTIPLICITY = 1000; | nothing → - 1':
      'how far the best proven bound is looked for; every multiplicity gives a bound that holds',
    'if (error >= least) continue; | >= → >': 'which of two equally good bounds is shown',
    'const weakest = report.terms.reduce((least, term) => (term[column] < least[column] ? term : least)); | < → <=':
      'which of two equally weak terms the message names',
    "const provenRegime: ProvenRegime = regimeBits.unique > regimeBits.johnson ? 'unique' : 'johnson'; | > → >=":
      'which of two equally good regimes is named',
    "fix: floor.kind === 'proven' ? 'take a smaller model, or profile fast, whose floor is a conjectured one' : 'take a smaller model', | floor.kind === 'proven' → true":
      'what a message advises',
  },
  'fri/core/work.ts': {
    'return bits === WORDS ? 0xffffffff : 2 ** bits - 1; | bits === WORDS → false': `${SAME}: 2^32 - 1 is the same mask`,
  },
  'vm/verify.ts': {
    "if (error instanceof ZkvmError && error.kind === 'usage') throw … | error instanceof ZkvmError → true": `${SAME}: no other error has a kind`,
    "if (error instanceof ZkvmError && error.kind === 'usage') throw … | error.kind === 'usage' → true":
      'a rejection would be thrown again as the same rejection',
  },
  'vm/program/loader.ts': {
    'if (rows > 2 ** MAX_LOG_ROWS) throw … | rows > 2 ** MAX_LOG_ROWS → false': SPELT_OUT,
    'if (rows > 2 ** MAX_LOG_ROWS) throw … | > → >=': SPELT_OUT,
    'if (!Number.isInteger(id) || id < 1 || id >= P) throw … | id < 1 → false': `${SAME}: ids ascend from 0, which refuses them too`,
    'if (y < -(P - 1) / 2 || y > (P - 1) / 2) throw … | - 1 → nothing': `${SAME}: there is no integer between (p - 1)/2 and p/2`,
    'if (y < -(P - 1) / 2 || y > (P - 1) / 2) throw … | - 1 → nothing (2)': `${SAME}: there is no integer between (p - 1)/2 and p/2`,
    "if (cause instanceof ZkvmError && cause.code === 'ZK0402') throw … | cause.code === 'ZK0402' → true":
      'which place the message of the same refusal names',
    "if (cause instanceof ZkvmError && cause.code === 'ZK0402') throw … | cause instanceof ZkvmError → true": `${SAME}: no other error has this code`,
    'const MASK_BUDGET = 2 ** 20; | nothing → + 1': BUDGET,
    'const MASK_BUDGET = 2 ** 20; | nothing → - 1': BUDGET,
    'for (let i = 0; i < (as === 0 ? 1 : n) && budget > 0; i++, budget--) { | budget > 0 → true': BUDGET,
    'for (let i = 0; i < (as === 0 ? 1 : n) && budget > 0; i++, budget--) { | > → >=': BUDGET,
    'for (let j = 0; j < rw && budget > 0; j++, budget--) { | budget > 0 → true': BUDGET,
    'for (let j = 0; j < rw && budget > 0; j++, budget--) { | > → >=': BUDGET,
    'for (let i = 0; i < (as === 0 ? 1 : n) && budget > 0; i++, budget--) { | as === 0 → false': `${SAME}: the same words are looked at again`,
    "if (opcode !== 'STORE' || flags.includes('rA') || flags.includes('xA')) continue; | opcode !== 'STORE' → false": `${SAME}: no other instruction has rows of mask words`,
    'if (word < 0 || (word + 1) * LANES > rom.length) break; // RAM, or a read that the executor refuses | word < 0 → false': `${SAME}: there is no lane at a negative address`,
    'if (word < 0 || (word + 1) * LANES > rom.length) break; // RAM, or a read that the executor refuses | (word + 1) * LANES > rom.length → false': `${SAME}: there is no lane behind the ROM`,
    'if (word < 0 || (word + 1) * LANES > rom.length) break; // RAM, or a read that the executor refuses | + 1 → nothing': `${SAME}: there is no lane behind the ROM`,
  },
  'vm/program/committed.ts': {
    "if (mac?.opcode !== 'MAC' || mac.flags.length || store?.opcode !== 'STORE' || store.flags.length) | mac?.opcode !== 'MAC' → false": `${SAME}: no other instruction has the operands of a MAC`,
    "if (mac?.opcode !== 'MAC' || mac.flags.length || store?.opcode !== 'STORE' || store.flags.length) | store?.opcode !== 'STORE' → false": `${SAME}: no other instruction has the operands of a STORE`,
  },
  'vm/program/regions.ts': {
    'const MAX_TENSOR_ELEMENTS = 2 ** 26; | nothing → + 1': `${SAME}: ${SMALL_RAM}`,
    'const MAX_TENSOR_ELEMENTS = 2 ** 26; | nothing → - 1': `${SAME}: ${SMALL_RAM}`,
    'rule(elements <= MAX_TENSOR_ELEMENTS, `…`); | elements <= MAX_TENSOR_ELEMENTS → true': `${SAME}: ${SMALL_RAM}`,
    'rule(elements <= MAX_TENSOR_ELEMENTS, `…`); | <= → <': `${SAME}: ${SMALL_RAM}`,
    'if (!committed) rule(Number.isInteger(address) && address >= RAM_BASE && address < ramEnd, `…`); | address < ramEnd → true': `${SAME}: a region has a word, and its end is held against the end of RAM`,
    'if (!committed) rule(Number.isInteger(address) && address >= RAM_BASE && address < ramEnd, `…`); | < → <=': `${SAME}: a region has a word, and its end is held against the end of RAM`,
    'Number.isInteger(lo) && Number.isInteger(hi) && lo <= hi && lo > -P / 2 && hi < P / 2, | > → >=': `${SAME}: p/2 is no integer`,
    'Number.isInteger(lo) && Number.isInteger(hi) && lo <= hi && lo > -P / 2 && hi < P / 2, | < → <=': `${SAME}: p/2 is no integer`,
    'const interleaved = channelStep >= words && (rows === 1 || rowStep >= (channels - 1) * channelStep + words); | rows === 1 → false': `${SAME}: channels of one row each that are a row apart stand one after the other`,
  },
};
