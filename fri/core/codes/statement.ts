// Files, models and statements: codes ZK03. Caveat: codes are stable and never used again for something else; titles and texts may be improved.
import type { CodeTable } from './entry.ts';

export const STATEMENT_CODES = {
  ZK0301: {
    kinds: ['usage', 'chain'],
    title: 'The file is of another kind',
    help: 'Its first bytes are not those of the expected kind. `zkvm inspect FILE` says what it is. On chain: a registered record is not one that this release writes.',
  },
  ZK0302: {
    kinds: ['usage', 'chain'],
    title: 'The file is of another version',
    help: "Files of an earlier or later release are not read. Make it again with this release: compile, run. On chain: the record is for another AIR than the contract's.",
  },
  ZK0303: { kinds: ['usage'], title: 'The file ends early', help: 'It was cut off. Copy or make it again.' },
  ZK0304: {
    kinds: ['usage'],
    title: 'The file has more than it should',
    help: "There are bytes behind a section's content, or a section that this release does not know.",
  },
  ZK0305: {
    kinds: ['usage'],
    title: 'A section is missing or stands twice',
    help: 'The file was changed or put together by hand. Make it again.',
  },
  ZK0306: {
    kinds: ['usage'],
    title: 'A count in the file is larger than the file',
    help: 'It announces more than it holds. The file was changed or cut off.',
  },
  ZK0307: {
    kinds: ['usage'],
    title: 'A text in the file cannot be read',
    help: 'A name or the metadata is no UTF-8 or no JSON of the expected form.',
  },
  ZK0308: {
    kinds: ['usage'],
    title: 'The file is not canonical',
    help: 'Its content, written again, gives other bytes. Every content has one form only; the file was made by other software or changed.',
  },
  ZK0310: {
    kinds: ['usage'],
    title: "The trace's columns are not those of its program",
    help: 'Sizes, element widths or tensors differ from what the program needs. Run the model again.',
  },
  ZK0311: { kinds: ['usage'], title: 'The context is too long', help: 'A proof is bound to at most as many bytes as the message says.' },
  ZK0313: {
    kinds: ['usage'],
    title: 'The compile report is too long for the file',
    help: 'Programs of very many nodes would carry megabytes of report. Compile with fewer outputs, or report it as a fault if your model is small.',
  },
  ZK0314: {
    kinds: ['usage'],
    title: 'A record needs a profile',
    help: 'A record has an id for each profile that proofs of the model may have; name one at least.',
  },
  ZK0320: {
    kinds: ['usage', 'rejected', 'chain'],
    title: 'A tensor is missing or of another size',
    help: 'Every input of the model needs a tensor of its shape; `zkvm inspect model.zkb` lists them.',
  },
  ZK0321: {
    kinds: ['usage', 'rejected'],
    title: 'A tensor of integers has an element that is no integer',
    help: 'The machine computes with integers; real values are scaled by `zkvm run`.',
  },
  ZK0322: {
    kinds: ['usage', 'rejected', 'chain'],
    title: 'An element is outside the range that the model was compiled for',
    help: 'Ranges come from calibration and are part of the model. Scale the input, or compile again with samples that cover it.',
  },
  ZK0323: {
    kinds: ['usage', 'rejected'],
    title: 'An output has a value beside its elements',
    help: "Lanes beyond a tensor's width must be 0. The program, made by hand, must mask them.",
  },
  ZK0324: { kinds: ['usage', 'rejected'], title: 'The model has no tensor of that name', help: 'The message lists the names that it has.' },
  ZK0330: {
    kinds: ['rejected'],
    title: 'The file is no proof',
    help: 'It is too short or long, or a count in it does not fit. It was cut off, changed, or is another kind of file.',
  },
  ZK0331: {
    kinds: ['rejected'],
    title: 'The proof is of another version',
    help: 'Proofs of protocol version 1 prove nothing ([SECURITY.md](../SECURITY.md)); other versions belong to other releases. Run and prove again.',
  },
  ZK0332: {
    kinds: ['rejected', 'chain'],
    title: 'The shards of a proof do not make one proof',
    help: 'A large run is proved in shards, and only all of them together say something: give verify the files of all shards of one proof, each once. On chain: a session takes each shard of the proof that it began with once.',
  },
  ZK0340: {
    kinds: ['usage'],
    title: 'A lookup table of the program is not valid',
    help: 'Slots are ordered and their intervals neither overlap nor leave (-2^30, 2^30). Compile the model again.',
  },
  ZK0341: {
    kinds: ['usage'],
    title: 'An instruction of the program is not valid',
    help: 'Its operands break a rule of the machine (docs/AIR.md §4). Compile the model again.',
  },
  ZK0342: {
    kinds: ['usage'],
    title: 'The program is larger than its file may announce',
    help: "RAM, tables or tensors are beyond the machine's limits, or far beyond what a file of this length can mean.",
  },
  ZK0343: {
    kinds: ['usage', 'chain'],
    title: 'An input or output of the program is not valid',
    help: 'Its words must lie in RAM, each element in exactly one, inputs apart from each other.',
  },
  ZK0344: { kinds: ['usage'], title: 'A mask word of the program is not valid', help: 'Lanes of a mask are 0 or 1.' },
  ZK0345: { kinds: ['usage'], title: 'The source map of the program is not valid', help: 'Its entries cover the code in order.' },
  ZK0346: {
    kinds: ['usage'],
    title: 'The program is too large for this profile',
    help: "Its memory or tables, at the profile's blowup, are larger than the FFT's domain. Take a profile with a smaller blowup (`proven` or `fast`).",
  },
  ZK0347: {
    kinds: ['rejected'],
    title: 'The program is not known to have one answer',
    help: 'A proof of it may say anything its author likes: some word can be read before it is written, or it has jumps, which are not audited. Compile the model with this release, or go on knowingly with --allow-undetermined.',
  },
  ZK0348: {
    kinds: ['usage'],
    title: 'The program does not check a committed input',
    help: 'Nobody but the prover sees the elements of a committed input, so the program must begin with a copy through a table of its range under a mask of its lanes, which the compiler writes (`--commit-input`). The program was made or changed by hand.',
  },
  ZK0349: {
    kinds: ['usage', 'rejected'],
    title: 'A committed input is not given as what it is',
    help: 'The statement has the root of such an input, not its elements: `zkvm commit-input` prints it. A root belongs to a profile, and only to inputs that the model was compiled to take by commitment.',
  },
  ZK0350: {
    kinds: ['rejected', 'chain'],
    title: 'The instances are not those of this machine and model',
    help: "A proof has exactly one cpu, ram, rom and lut of the model's sizes, as many mac and store as its profile allows, and a words for each committed input.",
  },
  ZK0351: {
    kinds: ['rejected', 'chain'],
    title: 'The trace is too long',
    help: "Counters would reach the field's size. Split the model, or use a smaller batch.",
  },
  ZK0352: {
    kinds: ['rejected'],
    title: 'The proof has another number of tensors than the model',
    help: 'Proof and model do not belong together.',
  },
  ZK0353: {
    kinds: ['rejected'],
    title: 'The proof is about other inputs or outputs',
    help: 'It is a proof of this model, but not of the tensors that you gave.',
  },
  ZK0354: {
    kinds: ['rejected'],
    title: "The proof's profile is not acceptable",
    help: 'You did not accept this profile; `verify --profile NAME` takes it. `test` proves nothing.',
  },
  ZK0355: {
    kinds: ['rejected', 'chain'],
    title: 'The model was prepared for another profile',
    help: "Ids and roots belong to one profile. Prepare the model for the proof's profile.",
  },
  ZK0356: {
    kinds: ['rejected'],
    title: 'The proof is for another model',
    help: 'Model ids differ: other weights, labels, ranges, or another compilation.',
  },
  ZK0357: {
    kinds: ['rejected'],
    title: 'The proof was made for another context',
    help: 'Contexts bind a proof to a nonce, a contract, a caller. Run and prove in the expected one.',
  },
  ZK0358: {
    kinds: ['rejected'],
    title: 'The record is of another version of the machine',
    help: 'Its constraints are not those that this verifier checks. Make the record again from the `.zkb`: `zkvm record model.zkb -o model.record`.',
  },
  ZK0359: {
    kinds: ['rejected'],
    title: "The record has no id under the proof's profile",
    help: 'A record has a root for each blowup that it was made for. Make it again with `--profile`.',
  },
} as const satisfies CodeTable;
