// The commands that do the same as this page. Source: README "Command line". Caveat: the files must lie where the commands are typed.
import type { ProfileName } from 'zkvm/prover';

/** a word as a POSIX shell takes it */
export const quoted = (word: string): string => (/^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export interface Commanded {
  /** file names */
  onnx: string | undefined;
  samples: string;
  zkb: string;
  input: string;
  proof: string;
  record: string;
  name: string;
  labels: readonly string[];
  acceptError: number | undefined;
  profile: ProfileName;
}

const line = (words: readonly (string | undefined)[]): string =>
  ['npx', 'zkvm', ...words.filter((word) => word !== undefined).map(quoted)].join(' ');

/** compile, prove, verify: a line each; the first is left out for a model that was compiled elsewhere */
export function commandLines({ onnx, samples, zkb, input, proof, record, name, labels, acceptError, profile }: Commanded): string[] {
  const taken = acceptError === undefined ? [] : ['--accept-error', String(acceptError)];
  const labelled = labels.length ? ['--labels', labels.join(',')] : [];
  return [
    ...(onnx === undefined ? [] : [line(['compile', onnx, '-o', zkb, '--calibrate', samples, '--name', name, ...labelled, ...taken])]),
    line(['prove', zkb, '--input', input, '--profile', profile, '-o', proof]),
    line(['verify', proof, '--record', record]),
  ];
}
