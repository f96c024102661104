// The command line: codes ZK08. Caveat: codes are stable and never used again for something else; titles and texts may be improved.
import type { CodeTable } from './entry.ts';

export const COMMAND_LINE_CODES = {
  ZK0801: { kinds: ['usage'], title: 'The file does not exist', help: 'Check the path.' },
  ZK0802: { kinds: ['usage'], title: 'A file is needed, this is a folder', help: 'Name the file in it.' },
  ZK0803: { kinds: ['usage'], title: 'The file cannot be read', help: "The system's reason stands in the message." },
  ZK0804: { kinds: ['usage'], title: 'The file is too large', help: 'It is larger than one buffer may be.' },
  ZK0805: {
    kinds: ['usage'],
    title: 'The output cannot be written',
    help: 'The place is full, not writable, or would replace an input. Nothing was left half-written.',
  },
  ZK0806: { kinds: ['usage'], title: 'The file is no text of the expected form', help: 'Inputs are JSON in UTF-8, or .npy.' },
  ZK0807: {
    kinds: ['usage'],
    title: 'The file does not hold tensors',
    help: 'Write {"input name": nested array}, {"input_data": [[…]]} or a .npy file.',
  },
  ZK0808: {
    kinds: ['usage'],
    title: 'A nested array has no shape',
    help: 'Rows must be equally long, not empty, and not nested too deep.',
  },
  ZK0809: { kinds: ['usage'], title: 'An element is no finite number', help: 'Inputs are finite numbers.' },
  ZK0810: { kinds: ['usage'], title: 'A tensor has the wrong shape', help: 'Only a leading dimension of 1 may be missing or extra.' },
  ZK0811: {
    kinds: ['usage', 'rejected'],
    title: 'An element is outside the range that the model was compiled for',
    help: 'Scale the input, or compile again with samples that cover it. An expected output outside the range is not one that the model gives.',
  },
  ZK0812: {
    kinds: ['usage'],
    title: 'A tensor is missing, or the model has none of that name',
    help: "The message lists the model's names.",
  },
  ZK0813: { kinds: ['usage'], title: 'The .npy file is damaged', help: 'Write it again with `numpy.save`.' },
  ZK0814: {
    kinds: ['usage'],
    title: 'The .npy file has an element type that is not supported',
    help: 'Convert it with `array.astype("float32")`.',
  },
  ZK0820: {
    kinds: ['usage'],
    title: 'The command line cannot be understood',
    help: '`zkvm --help` lists the commands, `zkvm COMMAND --help` the options.',
  },
  ZK0821: {
    kinds: ['usage'],
    title: 'An option does not fit',
    help: 'Its value, or its combination with another one, is not allowed; the message says what is.',
  },
  ZK0822: { kinds: ['usage'], title: 'The context is not hexadecimal', help: 'An even number of digits.' },
  ZK0824: {
    kinds: ['usage'],
    title: 'The labels cannot be read',
    help: 'Write a,b,c or a file with one label a line, none empty, none twice.',
  },
  ZK0825: {
    kinds: ['usage'],
    title: 'The model names a data file outside its own folder',
    help: 'External data must lie beside the model.',
  },
  ZK0826: {
    kinds: ['usage', 'rejected'],
    title: 'The file is of another kind than the one that is needed',
    help: 'The message says what it is and what is needed; `zkvm inspect` shows what is in it.',
  },
  ZK0830: { kinds: ['interrupted'], title: 'Interrupted', help: 'Nothing was left half-written.' },
  ZK0831: { kinds: ['terminated'], title: 'Terminated', help: 'A SIGTERM came; nothing was left half-written.' },
  ZK0840: {
    kinds: ['usage'],
    title: 'There is not enough memory',
    help: 'Use a smaller model or batch, or give Node more memory with NODE_OPTIONS=--max-old-space-size=8192.',
  },
  ZK0850: {
    kinds: ['constraint'],
    title: 'The trace breaks constraints',
    help: '`zkvm check` lists rows and cells. The trace was changed after the run.',
  },
  ZK0851: {
    kinds: ['constraint'],
    title: 'The trace is not what running its program gives',
    help: 'The message names a cell or an output that differs. Run the model again. `zkvm check` may find nothing: some cells, of rows that nothing uses, are in no constraint.',
  },
  ZK0860: { kinds: ['usage'], title: 'A value is no felt', help: 'A number below 2^251, 0x… or decimal.' },
  ZK0861: {
    kinds: ['usage'],
    title: 'A setting for the chain is missing',
    help: 'Give the option, or set the environment variable that the message names.',
  },
  ZK0862: {
    kinds: ['usage'],
    title: 'There is no account to pay with',
    help: 'Set ZKVM_ACCOUNT and ZKVM_PRIVATE_KEY, or give --keystore FILE.',
  },
  ZK0863: {
    kinds: ['usage'],
    title: 'The keystore cannot be used',
    help: 'It must be readable by you alone (chmod 600) and hold {"address", "privateKey"}.',
  },
  ZK0864: { kinds: ['usage'], title: 'The private key is no number', help: 'A felt in hexadecimal, 0x….' },
  ZK0865: { kinds: ['usage'], title: "The node's address is no http address", help: 'Give https://… or http://….' },
  ZK0870: {
    kinds: ['usage'],
    title: 'The arguments of a contract are not those that it takes',
    help: 'Give --arg name=value once for each parameter; the message and `zkvm deploy --help` list them.',
  },
} as const satisfies CodeTable;
