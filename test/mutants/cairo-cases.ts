// What the weakened contracts are asked: calldata of every kind, each with the verdict of the real contract. Source: test/devnet/registry.test.ts.
// Caveat: calls, no transactions; a lying prover stands behind some, whose proofs are right up to the one check that they are about.

import { prove } from '../../air/prove.ts';
import { flatCalldata, packRecord, type VerifyCall } from '../../contracts/client/calldata.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { vanishing } from '../../fri/core/circle.ts';
import { digestToFelt } from '../../fri/core/digest.ts';
import * as Q from '../../fri/core/qm31.ts';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { toCalldata } from '../../fri/pcs/stream.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import { planInstances } from '../../vm/chips/split.ts';
import { DATA_BASE, RAM_BASE } from '../../vm/program/isa.ts';
import { checkTensor, tensorWords } from '../../vm/program/packing.ts';
import type { IntegerTensors, Region } from '../../vm/program/types.ts';
import { type ModelRecord, recordWords } from '../../vm/statement/record.ts';
import { backend, type Place, type ProvedCall, proveFor } from '../devnet/proofs.ts';
import { proveWeak } from '../devnet/weak-proof.ts';
import { treeOf, withTree } from '../vm/one-tree.ts';
import { EXAMPLES } from '../vm/programs.ts';

export interface CairoCase {
  name: string;
  entrypoint: 'verify' | 'register_model' | 'statement_hash' | 'inputs_hash';
  calldata: readonly bigint[];
  /** the code that the call is refused with, or the felts that it gives */
  verdict: string;
}

const P = 2n ** 31n - 1n;
const list = (felts: readonly bigint[]): bigint[] => [BigInt(felts.length), ...felts];
const change = (felts: readonly bigint[], index: number, to: (felt: bigint) => bigint): bigint[] => felts.with(index, to(felts[index]!));
const plusOne = (felt: bigint): bigint => felt + 1n;
const flipped = (felt: bigint): bigint => felt ^ 1n;

/** index of the first felt of a group, and how many it has */
function group({ items }: VerifyCall, label: string): { at: number; length: number } {
  let at = 0;
  for (const { kind, label: own, length } of items) {
    const felts = kind === 'felts' ? Math.ceil(length / 8) : kind === 'digest' ? length / 8 : 1;
    if (own === label && felts) return { at, length: felts };
    at += felts;
  }
  throw new Error(`no group ${label}`);
}

/** a proof by a prover with another backend, or about other outputs */
async function lying(
  honest: ProvedCall,
  lies: (real: Backend) => Partial<Backend>,
  outputs: IntegerTensors = honest.run.outputs,
): Promise<VerifyCall> {
  const { model, run, verdict, call } = honest;
  const { inputs: given, outputs: claimed } = model.program;
  const real = await backend();
  const { writer } = await prove({
    machine: MACHINE,
    profile: PROFILES.chain,
    backend: { ...real, ...lies(real) },
    statement: {
      modelId: model.id,
      preprocessedRoots: [model.record.trees[0]!.root],
      inputs: tensorWords(given, run.inputs, 'input'),
      outputs: tensorWords(claimed, outputs, 'output'),
      context: verdict.context,
    },
    instances: fillTraces(run, planInstances(run, PROFILES.chain)),
    setup: model.setups[0]!,
  });
  return { ...call, proof: toCalldata(writer), items: writer.items };
}

/** another output in its range, as tensors and as felts of the call */
function otherOutput({ model, run, call }: ProvedCall): { outputs: IntegerTensors; felts: bigint[] } {
  const region = model.program.outputs[0]!;
  const tensor = run.outputs[region.name]!;
  const up = (call.outputs[0]! & P) !== 0n && tensor[0]! > region.lo ? -1 : 1;
  const changed = tensor.with(0, tensor[0]! + up);
  checkTensor(region, changed, 'output');
  return { outputs: { ...run.outputs, [region.name]: changed }, felts: change(call.outputs, 0, (felt) => felt + BigInt(up)) };
}

async function proofCases(single: ProvedCall): Promise<CairoCase[]> {
  const { call } = single;
  const { proof } = call;
  const made = (name: string, verdict: string, changes: Partial<VerifyCall>): CairoCase => ({
    name,
    entrypoint: 'verify',
    calldata: flatCalldata({ ...call, ...changes }),
    verdict,
  });
  const at = (label: string): number => group(call, label).at;
  // the last felt of a group that does not fill it
  const partial = group(call, call.items.find(({ kind, length }) => kind === 'felts' && length % 8 !== 0)!.label);
  const unused = partial.at + partial.length - 1;
  const { chain } = PROFILES;
  const less = (work: Partial<Profile['work']>): Profile => ({ ...chain, work: { ...chain.work, ...work } });
  const { program, inputs } = EXAMPLES[0]!();
  const weak = async (name: string, profile: Profile): Promise<CairoCase> =>
    made(name, 'ZK0107', await proveWeak(program, inputs, single, profile));
  const other = otherOutput(single);
  // the samples of a batch are asked for once a batch; the first answer is that of z
  const sampled =
    (lie: (values: Uint32Array[], point: Parameters<Backend['sample']>[2], logSize: number) => void) =>
    (real: Backend): Partial<Backend> => {
      let first = true;
      return {
        async sample(coefficients, logSize, point, columns) {
          const values = await real.sample(coefficients, logSize, point, columns);
          if (first) lie(values, point, logSize);
          first = false;
          return values;
        },
      };
    };
  const addTo = (words: Uint32Array, index: number, value: Q.QM31): void => Q.put(words, index, Q.add(Q.at(words, index), value));
  const cases = [
    made('a changed cell', 'ZK0213', { proof: change(proof, at('base rows'), flipped) }),
    made('a changed cell of the model', 'ZK0213', { proof: change(proof, at('preprocessed rows'), flipped) }),
    made('a changed value of FRI', 'ZK0214', { proof: change(proof, at('fri 0 values'), flipped) }),
    made('unused places of a group', 'ZK0106', { proof: change(proof, unused, (felt) => felt + 2n ** 217n) }),
    made('packed felts of more than 248 bits', 'ZK0101', { proof: change(proof, at('samples'), (felt) => felt + 2n ** 248n) }),
    made('a root of more than 248 bits', 'ZK0102', { proof: change(proof, 0, (felt) => felt + 2n ** 248n) }),
    made('a nonce of more than 64 bits', 'ZK0103', { proof: change(proof, 1, (felt) => felt + 2n ** 64n) }),
    made('a felt more', 'ZK0105', { proof: [...proof, 0n] }),
    made('a felt less', 'ZK0104', { proof: proof.slice(0, -1) }),
    made('another chain', 'ZK0712', { context: change(call.context, 0, plusOne) }),
    made('another contract', 'ZK0713', { context: change(call.context, 1, plusOne) }),
    made('another caller', 'ZK0714', { context: change(call.context, 2, plusOne) }),
    made('another nonce', 'ZK0107', { context: change(call.context, 3, plusOne) }),
    made('no context', 'ZK0711', { context: [] }),
    made('another model', 'ZK0710', { modelId: call.modelId + 1n }),
    made('an input that is p', 'ZK0101', { inputs: change(call.inputs, 0, (felt) => felt | P) }),
    made('an input out of range', 'ZK0322', { inputs: change(call.inputs, 0, (felt) => felt - (felt & P) + (P >> 1n)) }),
    made('an input felt too many', 'ZK0320', { inputs: [...call.inputs, 0n] }),
    made('2^21 rows', 'ZK0350', { logSizes: { ...call.logSizes, cpu: 21 } }),
    made('more cpu rows', 'ZK0107', { logSizes: { ...call.logSizes, cpu: call.logSizes.cpu + 1 } }),
    made('another output', 'ZK0211', { ...(await lying(single, () => ({}), other.outputs)), outputs: other.felts }),
    made(
      'a changed sample',
      'ZK0211',
      await lying(
        single,
        sampled((values) => addTo(values[0]!, 0, Q.ONE)),
      ),
    ),
    made(
      'samples of the composition that fit each other',
      'ZK0215',
      await lying(
        single,
        sampled((values, point, logSize) => {
          const composition = values.at(-1)!;
          addTo(composition, 0, vanishing([...point], logSize));
          addTo(composition, 4, Q.neg(Q.ONE));
        }),
      ),
    ),
    await weak('no work on the folds', less({ fold: 0 })),
    await weak('no work on the interaction', less({ interaction: 0 })),
    await weak('no work on the DEEP coefficient', less({ deep: 0 })),
    await weak('less work on the queries', less({ query: 20 })),
  ];
  return cases;
}

/** records that no program could have */
function recordCases({ model: { record } }: ProvedCall): CairoCase[] {
  const made = (name: string, verdict: string, changes: Partial<ModelRecord>): CairoCase => ({
    name: `register: ${name}`,
    entrypoint: 'register_model',
    calldata: packRecord(recordWords({ ...record, ...changes })),
    verdict,
  });
  const inputs = (edit: (region: Region) => Partial<Region>): Partial<ModelRecord> => ({
    inputs: record.inputs.map((r) => ({ ...r, ...edit(r) })),
  });
  const ramEnd = RAM_BASE + 2 ** record.trees[0]!.instances[0]!.logSize;
  const short = packRecord(recordWords(record));
  return [
    made('another AIR', 'ZK0302', { airHash: record.airHash.with(0, record.airHash[0]! ^ 1) }),
    made('another blowup', 'ZK0355', { profile: { ...PROFILES.chain, logBlowup: 1 } }),
    made('a tree of another height', 'ZK0301', withTree(record, { logSize: treeOf(record).logSize + 1 })),
    made(
      'RAM at another base',
      'ZK0350',
      withTree(record, { instances: treeOf(record).instances.map((i) => (i.base ? { ...i, base: RAM_BASE + 16 } : i)) }),
    ),
    made(
      'a table of 2^21 rows',
      'ZK0350',
      withTree(record, { instances: treeOf(record).instances.map((i, n) => (n === 2 ? { ...i, logSize: 21 } : i)) }),
    ),
    made(
      'an input that ends behind RAM',
      'ZK0343',
      inputs(() => ({ address: ramEnd - 1 })),
    ),
    made(
      'elements that no word holds',
      'ZK0343',
      inputs(() => ({ strides: [0, 0, 0] })),
    ),
    made(
      'an empty range',
      'ZK0343',
      inputs(() => ({ lo: 5, hi: 4 })),
    ),
    made('two inputs in one place', 'ZK0343', { inputs: [record.inputs[0]!, record.inputs[0]!] }),
    made('a committed input before DATA', 'ZK0343', { inputs: [{ ...record.inputs[0]!, address: DATA_BASE - 1 }] }),
    made('a committed input that reaches into RAM', 'ZK0343', { inputs: [{ ...record.inputs[0]!, address: RAM_BASE - 1 }] }),
    {
      name: 'register: a word too few',
      entrypoint: 'register_model',
      calldata: change(short, short.length - 1, (words) => words - 1n),
      verdict: 'ZK0301',
    },
  ];
}

/** every case, the honest ones first. @param place where the proofs are used: caller 0, which is who calls in a view */
export async function cairoCases(place: Place): Promise<{ cases: CairoCase[]; register: bigint[][] }> {
  const proved: ProvedCall[] = [];
  for (const make of [EXAMPLES[0]!, EXAMPLES[2]!]) {
    const { program, inputs } = make();
    proved.push(await proveFor(program, inputs, place));
  }
  const single = proved[0]!;
  const felts = (value: Uint32Array): string => String(digestToFelt(value));
  const { modelId, inputs, outputs, context } = single.call;
  const largest = change(inputs, 0, (felt) => felt - (felt & P) + BigInt(single.model.record.inputs[0]!.hi));
  const cases: CairoCase[] = [
    ...proved.map(
      ({ call, verdict }, i): CairoCase => ({
        name: i ? 'honest, of other sizes' : 'honest',
        entrypoint: 'verify',
        calldata: flatCalldata(call),
        verdict: felts(verdict.statementHash),
      }),
    ),
    {
      name: 'statement hash',
      entrypoint: 'statement_hash',
      calldata: [modelId, ...[inputs, outputs, context].flatMap(list)],
      verdict: felts(single.verdict.statementHash),
    },
    { name: 'inputs hash', entrypoint: 'inputs_hash', calldata: [modelId, ...list(inputs)], verdict: felts(single.verdict.inputsHash) },
    { name: 'the largest input', entrypoint: 'inputs_hash', calldata: [modelId, ...list(largest)], verdict: 'any' },
    ...(await proofCases(single)),
    ...recordCases(single),
  ];
  return { cases, register: proved.map(({ register }) => register) };
}
