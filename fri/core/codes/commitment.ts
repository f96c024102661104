// Proof streams, hashes, fields, profiles: codes ZK00 and ZK01. Caveat: codes are stable and never used again for something else; titles and texts may be improved.
import type { CodeTable } from './entry.ts';

export const COMMITMENT_CODES = {
  ZK0001: {
    kinds: ['bug', 'chain'],
    title: 'A state that the code promised could not happen',
    help: 'This is a fault of zkvm, not of your files. Report it with the command, the files and the lines that ZKVM_DEBUG=1 adds.',
  },
  ZK0101: {
    kinds: ['rejected', 'chain'],
    title: 'A word of the proof is no field element',
    help: 'Every word of a proof is below 2^31 - 1, in one form only. The proof was changed on its way or made by other software; fetch or make it again.',
  },
  ZK0102: {
    kinds: ['rejected', 'chain'],
    title: 'A digest of the proof is too large',
    help: 'Digests have 248 bits, so that one fits into a felt. The proof was changed or is of another format.',
  },
  ZK0103: {
    kinds: ['rejected', 'chain'],
    title: 'A nonce of the proof is too large',
    help: 'Nonces of the proof of work have 64 bits. The proof was changed or is of another format.',
  },
  ZK0104: {
    kinds: ['rejected', 'chain'],
    title: 'The proof ends before everything was read',
    help: 'The file was cut off, or it is a proof of other sizes than it says. Copy or make it again.',
  },
  ZK0105: {
    kinds: ['rejected', 'chain'],
    title: 'Something stands behind the end of the proof',
    help: 'A proof has one form only, so trailing words are refused even where they would do no harm. Copy or make it again.',
  },
  ZK0106: {
    kinds: ['rejected', 'chain'],
    title: 'Unused places of a packed felt are not zero',
    help: 'The last felt of a list holds fewer than eight words and its other places must be 0. The calldata was changed; make it again with `zkvm calldata`.',
  },
  ZK0107: {
    kinds: ['rejected', 'chain'],
    title: 'A proof of work is missing',
    help: 'A nonce does not give the zero bits that the profile asks for. The proof was changed, or was made for another profile.',
  },
  ZK0108: {
    kinds: ['rejected'],
    title: 'An opening asks for positions that a tree does not have',
    help: 'Positions of an opening are distinct, in ascending order and inside the tree. Honest proofs cannot show this; the proof was changed.',
  },
  ZK0110: {
    kinds: ['rejected', 'chain'],
    title: 'The drawn point does not exist',
    help: 'The challenge t has 1 + t² = 0, which happens with probability 2^-123. Prove in another context.',
  },
  ZK0120: {
    kinds: ['usage'],
    title: 'A text is no digest',
    help: 'Digests (model ids, hashes) are written with up to 62 hexadecimal digits, with or without 0x.',
  },
  ZK0121: { kinds: ['usage'], title: 'There is no profile of that name', help: 'Profiles are fixed and named; the message lists them.' },
  ZK0130: {
    kinds: ['rejected', 'chain'],
    title: 'The largest instance is too small',
    help: "FRI folds at least once, so some instance must have the profile's least number of rows. Honest provers pad cpu; the proof was changed.",
  },
  ZK0131: {
    kinds: ['rejected', 'chain'],
    title: 'These sizes leave too little security',
    help: "The sum of all errors is below the profile's floor. Prove under a profile with more queries (`--profile proven` for conjecture-free bits, `fast` for very long instances); `zkvm estimate` shows the sum before a proof is made.",
  },
  ZK0140: {
    kinds: ['rejected', 'chain'],
    title: 'An opening point lies on a line of the base circle',
    help: 'The verifier would have to divide by zero; it happens with probability below 2^-60. Prove in another context.',
  },
  ZK0150: {
    kinds: ['rejected'],
    title: 'A lookup has a zero denominator',
    help: "A drawn challenge hit one of the trace's tuples, which happens with probability below 2^-58. Prove in another context.",
  },
} as const satisfies CodeTable;
