// The proof's steps: codes ZK02. Caveat: codes are stable and never used again for something else; titles and texts may be improved.
import type { CodeTable } from './entry.ts';

export const PROTOCOL_CODES = {
  ZK0201: {
    kinds: ['rejected'],
    title: 'An instance is of a chip that does not exist',
    help: "The proof's list of instances names a chip number that this machine does not have. It was changed, or is of another release.",
  },
  ZK0202: {
    kinds: ['rejected', 'chain'],
    title: 'A public term has a zero denominator',
    help: 'A drawn challenge hit a word of the inputs or outputs, with probability below 2^-58. Prove in another context.',
  },
  ZK0203: {
    kinds: ['rejected', 'chain'],
    title: 'The challenge α is zero',
    help: 'It happens with probability 2^-124. Prove in another context.',
  },
  ZK0204: {
    kinds: ['rejected'],
    title: 'An instance has a size or a first address that cannot be',
    help: 'Log sizes and bases have ranges that follow from the field and the blowup. The proof or the trace was changed.',
  },
  ZK0210: {
    kinds: ['rejected', 'chain'],
    title: 'The sum over all lookups of all shards is not zero',
    help: 'What the chips ask of each other, of the model and of the statement does not cancel: the statement is not what the trace computed. The inputs, outputs or model are not those of the proof, or the proof is forged. A proof of one shard fails ZK0211 then.',
  },
  ZK0211: {
    kinds: ['rejected', 'chain'],
    title: 'The constraints do not hold at the drawn point',
    help: 'The committed trace breaks a constraint of the machine, or what it computed is not the statement. The inputs, outputs or model are not those of the proof, or the proof is forged.',
  },
  ZK0212: {
    kinds: ['rejected', 'chain'],
    title: 'The statement has another number of preprocessed trees',
    help: 'The model fixes how many trees of its own columns there are. Proof and model do not belong together.',
  },
  ZK0213: {
    kinds: ['rejected', 'chain'],
    title: 'Opened values are not those of the committed tree',
    help: 'A Merkle root does not follow from the opened values. The proof was changed, or it is for another model.',
  },
  ZK0214: {
    kinds: ['rejected', 'chain'],
    title: 'A folded layer is not the committed one',
    help: 'A Merkle root of FRI does not follow from the folded values. The proof was changed.',
  },
  ZK0215: {
    kinds: ['rejected', 'chain'],
    title: 'The last layer does not have the folded values',
    help: "FRI's last polynomial disagrees with a queried position. The proof was changed.",
  },
} as const satisfies CodeTable;
