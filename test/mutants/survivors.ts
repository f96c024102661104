// The mutants that no test notices, and why each is harmless: file, then the mutant's name, then the reason. `npm run test:mutants` fails when a
// listed one is killed or gone. Caveat: a reason is an argument, not a proof; whoever adds one must be able to defend it.
const SAME = 'computes the same';

export const SURVIVORS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'air/machine.ts': {
    'numerator = Q.add(Q.mul(numerator, denominator), Q.scale(product, count < 0 ? count + P : count)); | count < 0 → true': `${SAME}: the product is reduced modulo p, so count + p counts as count`,
    'numerator = Q.add(Q.mul(numerator, denominator), Q.scale(product, count < 0 ? count + P : count)); | < → <=': `${SAME}: p counts as 0`,
  },
  'fri/layout.ts': {
    '.filter((term) => term.columns.length > 0); | > → >=': `${SAME}: only a periodicity of the tests leaves a term empty, and an empty term adds 0`,
    'return [all, previous, ...periodic.filter((batch) => batch.terms.length > 0)]; | > → >=': `${SAME}: only a periodicity of the tests leaves a batch empty, and an empty batch adds 0`,
  },
  'fri/merkle.ts': {
    'if (last < 0) throw … | last < 0 → false':
      'no positions are no positions inside the tree: the check of the range refuses them, in other words',
  },
  'fri/stream.ts': {
    'if (felt < 0n || felt >> PACKED_FELT_BITS) throw … | felt < 0n → false': `${SAME}: a negative number shifted right is never 0`,
    'if (felt < 0n || felt >> PACKED_FELT_BITS) throw … | felt < 0n → false (2)': `${SAME}: a negative number shifted right is never 0`,
    'if (felt < 0n || felt >> NONCE_BITS) throw … | felt < 0n → false': `${SAME}: a negative number shifted right is never 0`,
  },
  'fri/circle.ts': {
    'const index = (2 ** (30 - logSize) + (natural % half) * 2 ** (32 - logSize)) & INDEX_MASK; | & INDEX_MASK → nothing': `${SAME}: the sum is below 2^31`,
  },
  'fri/security.ts': {
    'const MAX_MULTIPLICITY = 1000; | nothing → + 1':
      'how far the best proven bound is looked for; every multiplicity gives a bound that holds',
    'const MAX_MULTIPLICITY = 1000; | nothing → - 1':
      'how far the best proven bound is looked for; every multiplicity gives a bound that holds',
    'if (error >= least) continue; | >= → >': 'which of two equally good bounds is shown',
    'const weakest = report.terms.reduce((least, term) => (term.conjecturedBits < least.conjecturedBits ? term : least)); | < → <=':
      'which of two equally weak terms the message names',
  },
  'fri/work.ts': {
    'return bits === WORDS ? 0xffffffff : 2 ** bits - 1; | bits === WORDS → false': `${SAME}: 2^32 - 1 is the same mask`,
  },
  'vm/verify.ts': {
    "if (error instanceof ZkvmError && error.kind === 'usage') throw … | error instanceof ZkvmError → true": `${SAME}: no other error has a kind`,
    "if (error instanceof ZkvmError && error.kind === 'usage') throw … | error.kind === 'usage' → true":
      'a rejection would be thrown again as the same rejection',
  },
};
