// `zkvm commit-input`: the root of a tree of an input's words, which a statement has instead of its elements. Source: vm/statement/input.ts.
// Caveat: the root follows from words, layout, log size and profile; it hides nothing from who can guess the input, and proofs show cells of it.
import { digestToHex } from '../fri/core/digest.ts';
import { usage } from '../fri/core/errors.ts';
import { DEFAULT_PROFILE, profileNamed } from '../fri/pcs/profile.ts';
import { fileKindOf } from '../vm/files/magic.ts';
import { decodeZkb } from '../vm/files/zkb.ts';
import { integersOf } from '../vm/library/integers.ts';
import { isCommitted } from '../vm/program/committed.ts';
import { decodeRecord } from '../vm/statement/record-file.ts';
import { committedRoots } from '../vm/statement/roots.ts';
import { withBackend } from './backend.ts';
import type { Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { readBytes, requireWritable, writeOutput } from './io/files.ts';
import { sayNext } from './io/next.ts';
import { readInputs } from './io/tensors.ts';

export const NOT_HIDDEN = 'a committed input is not hidden: proofs show cells of it, and a root can be tried against guesses';

export const run: Command<'commit-input'> = async (args, terminal) => {
  const { input, output, json } = args.options;
  const profile = profileNamed(args.options.profile ?? DEFAULT_PROFILE.name);
  if (output !== undefined) requireWritable(output, [args.file]);
  const isRecord = fileKindOf(readBytes(args.file)) === 'record';
  const { inputs, metadata } = isRecord
    ? decodeRecord(readArtifact(args.file, 'record'))
    : decodeZkb(readArtifact(args.file, 'model'), true).program;
  if (!inputs.some(isCommitted))
    throw usage('ZK0349', {
      what: 'the model takes no input by commitment',
      where: args.file,
      fix: 'compile it with --commit-input and the name of an input',
    });
  const integers = integersOf(readInputs(input), inputs, 'input', metadata);
  const roots = await withBackend('auto', ({ backend }) => committedRoots({ inputs: [...inputs] }, integers, profile, backend));
  const list = Object.entries(roots).map(([name, root]) => ({ name, root: digestToHex(root) }));
  const said = { profile: profile.name, roots: Object.fromEntries(list.map(({ name, root }) => [name, root])) };
  if (output !== undefined) writeOutput(terminal, output, new TextEncoder().encode(`${JSON.stringify(said, null, 2)}\n`), json);
  if (json) terminal.json({ profile: profile.name, commitments: list });
  else terminal.out(list.map(({ name, root }) => `root of "${name}" (${profile.name})  ${root}`));
  terminal.say(NOT_HIDDEN);
  // all of them: an input whose root nobody expects may be any
  const expected = list.flatMap(({ name, root }) => ['--root', `${name}=${root}`]);
  const against = isRecord ? '--record' : '--model';
  sayNext(
    terminal,
    json,
    'verify',
    'proof.bin',
    against,
    args.file,
    ...expected,
    ...(profile === DEFAULT_PROFILE ? [] : ['--profile', profile.name]),
  );
  return 0;
};
