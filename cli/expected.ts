// What a caller of `verify` expects, as integers: held against the proof, with or without the chain. Source: vm/library/expected.ts.
// Caveat: the files are read before the proof is looked at, so a file that holds no tensors is a mistake of the caller's, whatever the proof says.

import { digestEqual, digestFromHex, digestToHex } from '../fri/core/digest.ts';
import { usage } from '../fri/core/errors.ts';
import type { Profile } from '../fri/pcs/profile.ts';
import { expectedIntegers } from '../vm/library/expected.ts';
import { isCommitted } from '../vm/program/committed.ts';
import type { IntegerTensors, Program } from '../vm/program/types.ts';
import type { NamedInputs, Roots } from '../vm/statement/input.ts';
import { namedInputsOf } from '../vm/statement/roots.ts';
import type { Expectation } from '../vm/verify.ts';
import { withBackend } from './backend.ts';
import { parseContext } from './io/context.ts';
import { readInputs, readTensors } from './io/tensors.ts';

/** Options of `verify` that say what is expected. */
interface Expecting {
  readonly options: {
    readonly input: readonly string[];
    readonly root: readonly string[];
    readonly output: string | undefined;
    readonly context: string | undefined;
  };
}

/** Roots that `--root name=hex` gives; the name may be left out where there is one. @throws ZK0821, ZK0349 */
function givenRoots(texts: readonly string[], { inputs }: Pick<Program, 'inputs'>): Roots {
  const names = inputs.filter(isCommitted).map(({ name }) => name);
  const roots: Record<string, Uint32Array> = Object.create(null);
  for (const text of texts) {
    const [, name = names.length === 1 ? names[0] : undefined, hex = ''] = /^(?:(.+)=)?(?:0x)?([0-9a-f]{1,62})$/i.exec(text) ?? [];
    if (names.length === 0) throw usage('ZK0349', { what: 'the model takes no input by commitment', where: `--root ${text}` });
    if (name === undefined || !names.includes(name) || hex === '' || roots[name])
      throw usage('ZK0821', {
        what: `--root ${text}`,
        why: `it has the form name=root, of one of ${names.map((one) => `"${one}"`).join(', ')}`,
        fix: 'take the line that zkvm commit-input prints',
      });
    roots[name] = digestFromHex(hex.padStart(62, '0'));
  }
  return roots;
}

/** @throws ZK080x, ZK081x for files that hold no tensors of the model; rejected ZK0811, ZK0353 for numbers that it cannot take or give */
export async function expectationOf(
  { options: { input, root, output, context } }: Expecting,
  program: Pick<Program, 'inputs' | 'outputs' | 'metadata'>,
  profile: Profile,
): Promise<Expectation> {
  const tensors = input.length > 0 ? expectedIntegers(readInputs(input), program, 'input') : undefined;
  const given = givenRoots(root, program);
  const own = tensors && (await statementOf(program, tensors, profile));
  requireSame(own?.roots ?? {}, given, profile);
  return {
    ...(own && { inputs: own.tensors }),
    ...expectedRest(program, output, context),
    roots: { ...own?.roots, ...given },
  };
}

const statementOf = async (program: Pick<Program, 'inputs'>, tensors: IntegerTensors, profile: Profile): Promise<NamedInputs> =>
  program.inputs.some(isCommitted)
    ? withBackend('auto', ({ backend }) => namedInputsOf(program, tensors, profile, backend))
    : { tensors, roots: {} };

/** Whoever gives both an input and a root expects both. @throws ZK0821 where no proof could be about both */
function requireSame(own: Roots, given: Roots, profile: Profile): void {
  for (const [name, root] of Object.entries(given))
    if (own[name] && !digestEqual(own[name], root))
      throw usage('ZK0821', {
        what: `--root is not the root of what --input gives for "${name}"`,
        where: `profile ${profile.name}`,
        why: `${digestToHex(root)} is given, ${digestToHex(own[name])} follows from the elements`,
        fix: 'give one of them, or the two that belong together; a root is of a profile (zkvm commit-input --profile)',
      });
}

const expectedRest = (
  program: Pick<Program, 'inputs' | 'outputs' | 'metadata'>,
  output: string | undefined,
  context: string | undefined,
): Expectation => ({
  ...(output !== undefined && { outputs: expectedIntegers(readTensors(output), program, 'output') }),
  ...(context !== undefined && { context: parseContext(context) }),
});
