// How a run is cut into instances: where it saves cells and keeps every constraint, and how it is padded to a profile's least size.
// Slow: every example program is cut and checked, and one is proved.
import { expect, test } from 'vitest';
import { check } from '../../../air/check.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { wasmBackend } from '../../../gpu/wasm/backend.ts';
import { cellCount } from '../../../vm/chips/cells.ts';
import { fillTraces } from '../../../vm/chips/fill.ts';
import { MACHINE, TYPE } from '../../../vm/chips/machine.ts';
import { type PlanOptions, planInstances } from '../../../vm/chips/split.ts';
import { type Execution, execute } from '../../../vm/executor/run.ts';
import { instruction } from '../../../vm/program/assembler.ts';
import { LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import { proveExecution } from '../../../vm/prove.ts';
import { publicTerms } from '../../../vm/statement/claim.ts';
import { requireShards } from '../../../vm/statement/instances.ts';
import { prepareModel } from '../../../vm/statement/model.ts';
import { verifyProof } from '../../../vm/verify.ts';
import { EXAMPLES, wordProgram } from '../programs.ts';

test.each(EXAMPLES.map((make) => make()))(
  '$name: cut at run ends it has no more cells, and every row and the sum still hold',
  ({ program, inputs }) => {
    const run = execute(program, inputs);
    const whole = fillTraces(run);
    const cut = fillTraces(run, planInstances(run, { repeatedChips: true, minSavedCells: 0 }));
    expect(cellCount(cut)).toBeLessThanOrEqual(cellCount(whole));
    // the plan counts rows by the instruction table, the executor while it runs
    const used = (type: number, mark: (row: Map<string, number>) => boolean): number =>
      cut
        .filter((i) => i.type === type)
        .reduce((sum, { columns, logSize }) => {
          const names = MACHINE.components[type]!.base;
          const rows = Array.from({ length: 2 ** logSize }, (_, r) => new Map(names.map((name, c) => [name, columns[c]![r]!])));
          return sum + rows.filter(mark).length;
        }, 0);
    expect(used(TYPE.mac, (row) => ['A1', 'A2', 'B1', 'B2', 'S', 'H'].some((kind) => row.get(kind) === 1))).toBe(run.macRows);
    expect(used(TYPE.store, (row) => row.get('en') === 1)).toBe(run.storeRows);
    const report = check(MACHINE, cut, publicTerms(program, run.inputs, run.outputs));
    expect(report).toMatchObject({ failures: [], sumIsZero: true });
  },
);

test('cuts are made where they save cells, and only a profile with repeated chips allows them', () => {
  const runs = EXAMPLES.map((make) => make()).map(({ program, inputs }) => execute(program, inputs));
  const cut = runs
    .map((run) => fillTraces(run, planInstances(run, { repeatedChips: true, minSavedCells: 0 })))
    .find((list) => list.length > 6)!;
  const fixed = cut.filter((i) => i.type >= TYPE.ram).map(({ type, logSize, base }) => ({ type, logSize, base }));
  requireShards([cut], [{ instances: fixed }], PROFILES.fast);
  expect(() => requireShards([cut], [{ instances: fixed }], PROFILES.chain)).toThrow('1 to 1 are allowed');
});

/** a program so small that no instance has 2^8 rows */
const tiny = wordProgram({
  name: 'tiny',
  rom: [instruction('HLT')],
  codeWords: 1,
  slots: {},
  inputs: [[RAM_BASE, Array.from({ length: LANES }, (_, lane) => lane)]],
  outputs: [RAM_BASE],
  ramLogSize: 3,
});

test('cpu is padded to the least log size of the profile where all are smaller, and never otherwise', () => {
  const { proven, fast, chain } = PROFILES;
  const heights = (run: Execution, options: PlanOptions): number[] => planInstances(run, options).map(({ logSize }) => logSize);
  const small = execute(tiny.program, tiny.inputs);
  const usual = heights(small, { minLogSize: 0 });
  expect(Math.max(...usual)).toBeLessThan(chain.minLogSize);
  for (const profile of [proven, fast, chain]) expect(heights(small, profile)).toEqual([profile.minLogSize, ...usual.slice(1)]);
  const large = execute(EXAMPLES[0]!().program, EXAMPLES[0]!().inputs);
  expect(heights(large, proven)).toEqual(heights(large, { ...proven, minLogSize: 0 }));
});

test('a padded run is proved and accepted under `proven`; one that is not padded is refused by prover and verifier', async () => {
  const backend = await wasmBackend({ threads: 1 });
  try {
    const run = execute(tiny.program, tiny.inputs);
    const model = await prepareModel(tiny.program, PROFILES.proven, backend);
    const proof = await proveExecution(model, run);
    expect(proof.security.provenRegime).toBe('unique');
    expect(verifyProof(model, proof.bytes, [PROFILES.proven]).security.provenBits).toBeGreaterThanOrEqual(100);
    // the proof of a lower trace: with the same numbers it has fewer bits, and its sizes are refused whoever made it
    const lower = { ...PROFILES.proven, minLogSize: 6, floor: { kind: 'proven' as const, bits: 90 } };
    const loose = await prepareModel(tiny.program, lower, backend);
    const weak = await proveExecution(loose, run);
    expect(verifyProof(loose, weak.bytes, [lower]).security.provenBits).toBeLessThan(100);
    expect(() => verifyProof(model, weak.bytes, [PROFILES.proven])).toThrow(/ZK0130.*log size 6, at least 8 is needed/);
    const unpadded = { ...PROFILES.proven, minLogSize: 6 };
    await expect(proveExecution(await prepareModel(tiny.program, unpadded, backend), run)).rejects.toThrow(
      /ZK0131.*bits proven \(.*\), 100 needed/,
    );
  } finally {
    backend.close();
  }
});

test('a run that is cut in its middle breaks a constraint', () => {
  const { program, inputs } = EXAMPLES[0]!();
  const run = execute(program, inputs);
  const whole = fillTraces(run);
  const mac = whole.find((i) => i.type === TYPE.mac)!;
  const half = 2 ** (mac.logSize - 1);
  const last = mac.columns[MACHINE.components[TYPE.mac]!.base.indexOf('last')]!;
  const middle = Array.from({ length: half }, (_, i) => half - 1 - i).find((row) => last[row] === 0)! + 1;
  const pieces = [
    mac.columns.map((c) => c.map((x, i) => (i < middle ? x : 0))),
    mac.columns.map((c) => c.map((x, i) => (i >= middle ? x : 0))),
  ];
  const cut = whole.flatMap((i) => (i === mac ? pieces.map((columns) => ({ ...mac, columns })) : [i]));
  expect(check(MACHINE, cut, publicTerms(program, run.inputs, run.outputs)).failures.length).toBeGreaterThan(0);
});
