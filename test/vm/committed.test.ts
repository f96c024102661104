// A committed input: the statement has the root of a tree of its words, and the proof says that the model gives these outputs on what is under that
// root, all of it in its range (AIR.md §2, §5.4). What a forger tries is in test/attacks/committed.test.ts.
import { expect, test } from 'vitest';
import { check } from '../../air/check.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { digestToHex } from '../../fri/core/digest.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { planInstances } from '../../vm/chips/split.ts';
import { type Execution, execute } from '../../vm/executor/run.ts';
import { decodeProofFile, encodeProofFile, type ProofFile } from '../../vm/files/proof.ts';
import { decodeTrace, encodeTrace, traceOf } from '../../vm/files/trace.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { instruction } from '../../vm/program/assembler.ts';
import { audit } from '../../vm/program/audit.ts';
import { copiedRowWords, copyIntervals, copyMask, isCommitted } from '../../vm/program/committed.ts';
import { DATA_BASE, LANES, RAM_BASE } from '../../vm/program/isa.ts';
import { checkProgram } from '../../vm/program/loader.ts';
import { elementCount, inputWords, packRegion } from '../../vm/program/packing.ts';
import type { Region } from '../../vm/program/types.ts';
import { proveExecution } from '../../vm/prove.ts';
import { publicTerms, saidStatementHash } from '../../vm/statement/claim.ts';
import { prepareModel } from '../../vm/statement/model.ts';
import { committedRoot, committedRoots } from '../../vm/statement/roots.ts';
import { verifyProof } from '../../vm/verify.ts';
import { committedRegion, copying, doubling } from './committed-program.ts';

const backend = jsBackend();
const profile = PROFILES.test;
const { program, inputs } = doubling();
const run = execute(program, inputs);
const model = await prepareModel(program, profile, backend);
const proof = await proveExecution(model, run);
const roots = await committedRoots(program, inputs, profile, backend);
const code = (verify: () => unknown): string => {
  try {
    verify();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'accepted';
};
const verdictOf = (change: Partial<ProofFile>): string =>
  code(() => verifyProof(model, encodeProofFile({ ...decodeProofFile(proof.bytes), ...change }), [profile]));

test('a run on a committed input satisfies every constraint, proves and verifies; the verdict has its root and no element of it', () => {
  expect([...run.outputs.y0!]).toEqual(Array.from(inputs.x!, (x) => 2 * x));
  const report = check(MACHINE, fillTraces(run), publicTerms(program, run.inputs, run.outputs));
  expect(report).toMatchObject({ failures: [], sumIsZero: true });
  const verdict = verifyProof(model, proof.bytes, [profile], { roots });
  expect(verdict.inputs).toEqual({});
  expect(digestToHex(verdict.roots.x!)).toBe(digestToHex(roots.x!));
  expect([...verdict.outputs.y0!]).toEqual([...run.outputs.y0!]);
  const said = saidStatementHash(model.record.airHash, profile, decodeProofFile(proof.bytes));
  expect(digestToHex(said)).toBe(digestToHex(verdict.statementHash));
});

test('the root follows from words, layout and profile, and from nothing else', async () => {
  const region = committedRegion();
  const rootOf = async (of: Region, tensor = inputs.x!, p = profile): Promise<string> =>
    digestToHex(await committedRoot(of, tensor, p, backend));
  const own = digestToHex(roots.x!);
  expect(await rootOf({ ...region, name: 'y', address: DATA_BASE + 64, lo: -100, hi: 100, scale: 3 })).toBe(own);
  expect(await rootOf({ ...region, channelStep: 8 })).not.toBe(own);
  expect(await rootOf(region, inputs.x!.with(119, inputs.x![119]! - 1))).not.toBe(own);
  expect(await rootOf(region, inputs.x!, PROFILES.chain)).not.toBe(own);
  await expect(rootOf(region, inputs.x!.with(0, 8))).rejects.toMatchObject({ code: 'ZK0322' });
});

test('another root, no root, elements for the root, another expected one are refused by name', async () => {
  const other = await committedRoots(program, { x: inputs.x!.with(5, 0) }, profile, backend);
  expect(verdictOf({ inputs: [{ root: other.x! }] })).toMatch(/^ZK02/);
  expect(verdictOf({ inputs: [] })).toBe('ZK0352');
  expect(verdictOf({ inputs: [{ root: roots.x! }, { root: roots.x! }] })).toBe('ZK0352');
  expect(verdictOf({ inputs: [inputs.x!] })).toBe('ZK0349');
  expect(code(() => verifyProof(model, proof.bytes, [profile], { roots: other }))).toBe('ZK0353');
  expect(code(() => verifyProof(model, proof.bytes, [profile], { roots: { y: roots.x! } }))).toBe('ZK0349');
  expect(code(() => verifyProof(model, proof.bytes, [profile], { inputs }))).toBe('ZK0349');
});

test('the instances are those of the committed inputs, each once', () => {
  const { shards } = decodeProofFile(proof.bytes);
  const [list] = shards as [(typeof shards)[number]];
  const words = list.at(-1)!;
  expect(words).toMatchObject({ type: TYPE.words, logSize: 4, base: DATA_BASE, data: true });
  const changes = {
    'left out': list.slice(0, -1),
    twice: [...list, words],
    higher: [...list.slice(0, -1), { ...words, logSize: 5 }],
    elsewhere: [...list.slice(0, -1), { ...words, base: DATA_BASE + 16 }],
    'as if the model had it': [...list.slice(0, -1), { ...words, data: false }],
    'rom as an input': list.map((one) => (one.type === TYPE.rom ? { ...one, data: true } : one)),
  };
  for (const [what, changed] of Object.entries(changes)) expect([what, verdictOf({ shards: [changed] })]).toEqual([what, 'ZK0350']);
});

test('several committed inputs, in one shard or in several', async () => {
  const pair = doubling([committedRegion(), committedRegion(DATA_BASE + 16, 'z')]);
  const both = await prepareModel(pair.program, profile, backend);
  const execution: Execution = execute(pair.program, pair.inputs);
  const own = await committedRoots(pair.program, pair.inputs, profile, backend);
  const all = planInstances(execution, profile);
  const two = [all.filter(({ type }) => type < TYPE.ram), all.filter(({ type }) => type >= TYPE.ram)];
  for (const shards of [undefined, two]) {
    const { bytes } = await proveExecution(both, execution, shards ? { shards } : {});
    verifyProof(both, bytes, [profile], { roots: own });
    const swapped = { ...decodeProofFile(bytes), inputs: [{ root: own.z! }, { root: own.x! }] };
    expect(code(() => verifyProof(both, encodeProofFile(swapped), [profile]))).toMatch(/^ZK02/);
  }
});

test('a trace of such a run is read back as it was', () => {
  const trace = traceOf(encodeProgram(program), run);
  const again = decodeTrace(encodeTrace(trace));
  expect(again.instances.map(({ type, base, data }) => [type, base, data])).toEqual(
    trace.instances.map(({ type, base, data }) => [type, base, data]),
  );
  expect(again.instances.at(-1)!.preprocessed).toEqual(trace.instances.at(-1)!.preprocessed);
});

test('a program that does not copy its committed input through range and mask is refused', () => {
  const region = committedRegion();
  const load = (parts: Parameters<typeof doubling>[1], regions: readonly Region[] = [region]): string =>
    code(() => checkProgram(doubling(regions, parts).program));
  expect(load({})).toBe('accepted');
  expect(load({ intervals: copyIntervals({ ...region, hi: 8 }) })).toBe('ZK0348');
  expect(load({ intervals: copyIntervals({ ...region, lo: -7 }) })).toBe('ZK0348');
  expect(load({ intervals: copyIntervals(region).map((x, i) => (i === 2 ? 0 : x)) })).toBe('ZK0348');
  expect(load({ mask: copyMask({ ...region, width: 21 }) })).toBe('ZK0348');
  expect(load({ mask: copyMask({ ...region, width: 19 }) })).toBe('ZK0348');
  expect(load({ one: [2] })).toBe('ZK0348');
  expect(load({ one: [1, 1] })).toBe('ZK0348');
  const without = doubling().program;
  expect(code(() => checkProgram({ ...without, rom: without.rom.slice(32), codeWords: without.codeWords - 2 }))).toBe('ZK0348');
  // a program that reads the input where it was committed is known to have no one answer: other lanes are whoever's
  expect(audit(doubling([region], { direct: true }).program)).toMatchObject({ determined: false, rule: 'committed', pc: 2 });
});

test('ranges of committed inputs lie apart, between DATA and RAM', () => {
  const load = (...addresses: number[]): string =>
    code(() => checkProgram(doubling(addresses.map((address, i) => committedRegion(address, `x${i}`))).program));
  expect(load(DATA_BASE, DATA_BASE + 16)).toBe('accepted');
  expect(load(DATA_BASE, DATA_BASE + 15)).toBe('ZK0343');
  expect(load(DATA_BASE + 16, DATA_BASE)).toBe('ZK0343');
  expect(load(DATA_BASE - 1)).toBe('ZK0343');
  expect(load(0)).toBe('ZK0343');
  expect(load(RAM_BASE - 16)).toBe('accepted');
  expect(load(RAM_BASE - 15)).toBe('ZK0343');
  const half = { ...committedRegion(), address: DATA_BASE + 0.5 };
  expect(code(() => checkProgram({ ...copying(committedRegion()), inputs: [half] }))).toBe('ZK0343');
  expect([RAM_BASE - 1, RAM_BASE].map((address) => isCommitted(committedRegion(address)))).toEqual([true, false]);
  // rows are copied with the words between them
  expect(code(() => checkProgram(copying({ ...committedRegion(), rowStep: 3, channelStep: 8 })))).toBe('ZK0343');
});

test('a small file announces no tree that its RAM has no room for', () => {
  const row = { shape: [20], channels: 1, rows: 1, strides: [20, 20, 1] as [number, number, number] };
  const small = copying({ ...committedRegion(), ...row });
  const announced = (...steps: number[]): string => {
    const { program } = doubling(steps.map((_, i) => committedRegion(DATA_BASE + 2 ** 22 * i, `x${i}`)));
    return code(() => checkProgram({ ...program, inputs: program.inputs.map((x, i) => ({ ...x, channelStep: steps[i]! })) }));
  };
  // 2^21 words in a gap that nothing copies: seconds of hashing for who verifies with the input
  const wide = { ...small.inputs[0]!, channelStep: 2 ** 21 };
  const rom = small.rom.slice();
  const { instructions } = checkProgram(small);
  for (const pc of [0, 1]) {
    const { opcode, values } = instructions[pc]! as { opcode: 'MAC' | 'STORE'; values: Record<string, number> };
    rom.set(instruction(opcode, { ...values, ...('as' in values && values.as ? { as: 2 ** 21 } : {}), cs: 2 ** 21 } as never), pc * LANES);
  }
  expect(code(() => checkProgram({ ...small, rom, inputs: [wide] }))).toBe('ZK0343');
  // and so do several together
  const ram = 2 ** doubling([committedRegion(), committedRegion(DATA_BASE + 16, 'z')]).program.ramLogSize;
  expect(announced(ram / 4, ram / 4)).toBe('ZK0348');
  expect(announced(ram / 4, ram / 4 + 1)).toBe('ZK0343');
});

const WHOLE = committedRegion();
test.each<[string, Region]>([
  ['several channels and rows', WHOLE],
  ['one channel', { ...WHOLE, shape: [3, 20], channels: 1 }],
  ['one row', { ...WHOLE, shape: [2, 20], rows: 1, rowStep: 5, channelStep: 3, strides: [20, 20, 1] }],
  ['one word', { ...WHOLE, shape: [16], channels: 1, rows: 1, width: 16, rowStep: 1, channelStep: 1, strides: [16, 16, 1] }],
  ['rows apart', { ...WHOLE, rowStep: 3, channelStep: 9 }],
  ['as many words as its tree has', { ...WHOLE, channelStep: 8 }],
  ['one integer', { ...WHOLE, lo: 3, hi: 3 }],
])('the copy of %s: the elements in RAM, where they would lie', (_, region) => {
  const copy = copying(region);
  const tensor = Int32Array.from({ length: elementCount(region) }, (_x, e) => region.lo + ((5 * e) % (region.hi - region.lo + 1)));
  const copied = execute(copy, { x: tensor });
  expect(check(MACHINE, fillTraces(copied), publicTerms(copy, copied.inputs, {}))).toMatchObject({ failures: [], sumIsZero: true });
  const { words } = packRegion(region, tensor, 'input');
  const rows = region.rows * copiedRowWords(region);
  for (let channel = 0; channel < region.channels; channel++) {
    const at = channel * region.channelStep * LANES;
    expect([...copied.ram.subarray(at, at + rows * LANES)]).toEqual([...words.subarray(at, at + rows * LANES)]);
  }
  // in the smallest tree that holds it
  const { logSize } = fillTraces(copied).at(-1)!;
  expect([2 ** logSize >= inputWords(region), logSize === 1 || 2 ** (logSize - 1) < inputWords(region)]).toEqual([true, true]);
});

test('a copy with any other operand is none', () => {
  const copy = copying(WHOLE);
  const { instructions } = checkProgram(copy);
  // the right table is there, and the copy goes through another one
  const [right] = copy.slots;
  const wide = { ...right!, intervals: copyIntervals({ ...WHOLE, hi: 20 }) };
  expect(code(() => checkProgram({ ...copy, slots: [wide, { ...right!, id: right!.id + 1 }] }))).toBe('ZK0348');
  const FREE = { 0: ['b', 'c'], 1: ['a', 'b', 'c'] } as const;
  let changes = 0;
  for (const pc of [0, 1] as const) {
    const { opcode, values } = instructions[pc]! as { opcode: 'MAC' | 'STORE'; values: Record<string, number> };
    for (const name of Object.keys(values)) {
      if ((FREE[pc] as readonly string[]).includes(name)) continue;
      const other = instruction(opcode, { ...values, [name]: values[name]! + 1 } as never);
      const rom = copy.rom.slice();
      rom.set(other, pc * LANES);
      expect([opcode, name, code(() => checkProgram({ ...copy, rom }))]).not.toContain('accepted');
      changes++;
    }
  }
  expect(changes).toBe(21);
  // the two say one place in RAM
  for (const [pc, name] of [
    [0, 'c'],
    [1, 'c'],
  ] as const) {
    const { opcode, values } = instructions[pc]! as { opcode: 'MAC' | 'STORE'; values: Record<string, number> };
    const rom = copy.rom.slice();
    rom.set(instruction(opcode, { ...values, [name]: values[name]! + 1 } as never), pc * LANES);
    expect(code(() => checkProgram({ ...copy, rom }))).toBe('ZK0348');
  }
  for (const [pc, flag] of [
    [0, 'Z'],
    [0, 'xA'],
    [1, 'xC'],
    [1, 'xA'],
  ] as const) {
    const { opcode, values } = instructions[pc]! as { opcode: 'MAC' | 'STORE'; values: Record<string, number> };
    const rom = copy.rom.slice();
    rom.set(instruction(opcode, values as never, flag as never), pc * LANES);
    expect([flag, code(() => checkProgram({ ...copy, rom }))]).toEqual([flag, 'ZK0348']);
  }
});
