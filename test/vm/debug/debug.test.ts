// What the debugger says of a run is what the executor did and what the fills wrote: every step, word, coefficient, row and tuple, on the example programs,
// on random ones, and what it says of a trace with one changed cell. Caveat: the executor and the fills are the law here; their own tests hold them.
// Slow: every word of every step of all example programs.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { MACHINE, TYPE } from '../../../vm/chips/machine.ts';
import * as relations from '../../../vm/chips/relations.ts';
import { CHIP_NAMES, RUN_CHIPS } from '../../../vm/chips/table.ts';
import { cycleOf, instructionOf, laneAt } from '../../../vm/debug/cycle.ts';
import { cellsOfRow, judge } from '../../../vm/debug/failures.ts';
import { formulaOf } from '../../../vm/debug/formula.ts';
import { lookupsOf } from '../../../vm/debug/lookups.ts';
import { type Debugged, openTrace, stepOfRow, WRITER } from '../../../vm/debug/open.ts';
import { operandsOf } from '../../../vm/debug/operands.ts';
import { changesOf, changesOfStep, rowsOfStep } from '../../../vm/debug/rows.ts';
import { detailOf, search } from '../../../vm/debug/step.ts';
import { placeOfElement, whyOf } from '../../../vm/debug/why.ts';
import { execute } from '../../../vm/executor/run.ts';
import { traceOf } from '../../../vm/files/trace.ts';
import { encodeProgram } from '../../../vm/files/zkb.ts';
import { CYCLE_WORDS } from '../../../vm/program/cycle.ts';
import { DATA_BASE, LANES, P, RAM_BASE, toField, toSigned } from '../../../vm/program/isa.ts';
import { unpackRegion } from '../../../vm/program/packing.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { publicTerms } from '../../../vm/statement/claim.ts';
import { times } from '../../times.ts';
import { committedRegion, doubling } from '../committed-program.ts';
import { randomProgram } from '../executor/random-programs.ts';
import { EXAMPLES } from '../programs.ts';

const opened = (program: Program, inputs: IntegerTensors): Debugged => openTrace(traceOf(encodeProgram(program), execute(program, inputs)));

const stepsOf = ({ steps }: Debugged): number[] => Array.from({ length: steps }, (_, i) => i);

/** accumulators at every STORE, and why of every lane that it writes, against the drained coefficients */
function expectStores(debugged: Debugged): void {
  const { run, rowStarts } = debugged;
  for (const step of stepsOf(debugged)) {
    const instruction = instructionOf(run, step);
    if (instruction.opcode !== 'STORE') continue;
    const { accumulator, operands } = detailOf(debugged, step, 0, 1);
    const { low, span, values, channels } = accumulator!;
    const written = operands.find(({ does }) => does === 'writes')!;
    for (const address of [...written.addresses].slice(0, 40))
      for (const lane of [0, 7, 15]) {
        const [reason] = whyOf(debugged, { address, lane }, { places: 1, products: 3 }).reasons;
        const { stored, products, rest, value } = reason!;
        const { channel, exponent, coefficient, masked } = stored!;
        const at = exponent - low;
        const held = channel < channels && at >= 0 && at < span ? values[channel * span + at]! : 0;
        expect(held, `coefficient of step ${step}`).toBe(coefficient);
        if (masked) expect(value).toBe(0);
        else expect(products!.reduce((sum, { product }) => sum + product, rest!)).toBe(coefficient);
      }
    const rows = rowStarts.store[step + 1]! - rowStarts.store[step]!;
    expect(rows).toBeGreaterThanOrEqual(written.addresses.length);
  }
}

/** the rows of all steps, one after the other, are the file's columns; none is changed */
function expectRows(debugged: Debugged): void {
  const next: Record<string, number> = {};
  for (const step of stepsOf(debugged))
    for (const { chip, firstRow, rows, cells, instance } of rowsOfStep(debugged, step)) {
      expect(firstRow).toBe(next[chip] ?? 0);
      next[chip] = firstRow + rows;
      const { columns } = debugged.trace.instances[instance]!;
      for (const row of [0, rows - 1]) expect(cells.map((column) => column[row])).toEqual(columns.map((column) => column[firstRow + row]));
      for (const row of [firstRow, firstRow + rows - 1]) expect(stepOfRow(debugged.rowStarts[chip as 'cpu'], row)).toBe(step);
    }
  expect(next.mac ?? 0).toBe(debugged.run.macRows);
  expect(next.store ?? 0).toBe(debugged.run.storeRows);
  expect(stepOfRow(debugged.rowStarts.cpu, debugged.steps)).toBeUndefined();
  expect(changesOf(debugged)).toEqual([]);
}

/** every word that the executor says was written has one writer, and what steps write is in memory */
function expectWords(debugged: Debugged): void {
  const { run, writers } = debugged;
  const writes = new Map<number, number>();
  for (const step of stepsOf(debugged))
    for (const { does, addresses, shape, values } of operandsOf(debugged, step)) {
      expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
      if (does === 'reads') {
        for (const address of addresses) if (address >= RAM_BASE) expect(run.ramReads[address - RAM_BASE]).toBeGreaterThan(0);
        continue;
      }
      for (const address of addresses) {
        expect(writes.has(address)).toBe(false);
        writes.set(address, step);
      }
      const inMemory = [...addresses].flatMap((address) => Array.from({ length: LANES }, (_, lane) => laneAt(run, address, lane)));
      const sorted = (list: Iterable<number>): number[] => [...list].filter((value) => value !== 0).sort((x, y) => x - y);
      expect(sorted(values)).toEqual(sorted(inMemory));
    }
  for (const [word, isWritten] of run.written.entries()) {
    const writer = writers[word]!;
    expect(writer !== WRITER.nobody).toBe(isWritten === 1);
    if (writer >= 0) expect(writes.get(RAM_BASE + word)).toBe(writer);
  }
}

/** what all rows of all chips ask and supply, with the verifier's terms, cancels tuple by tuple; accumulators aside */
function expectBalance(debugged: Debugged): void {
  const { trace } = debugged;
  const names = new Map(Object.values(relations).map(({ id, name }) => [id, name]));
  const net = new Map<string, number>();
  const add = (relation: string, tuple: readonly number[], count: number): void => {
    const entries = tuple.map(toSigned);
    while (entries.at(-1) === 0) entries.pop();
    const key = `${relation} ${entries.join(' ')}`;
    net.set(key, (net.get(key) ?? 0) + count);
  };
  const adds = new Map<number, [number, number]>();
  for (const [instance, { type, logSize }] of trace.instances.entries())
    for (let row = 0; row < 2 ** logSize; row++)
      for (const { relation, tuple, times: count } of lookupsOf(MACHINE.components[type]!, cellsOfRow(debugged, instance, row))) {
        if (relation !== 'accumulator') add(relation, tuple.map(toField), count);
        else {
          const known = adds.get(tuple[0]!) ?? [0, 0];
          known[count > 0 ? 0 : 1]++;
          adds.set(tuple[0]!, known);
        }
      }
  for (const { relation, values, count } of publicTerms(trace.program, trace.inputs, trace.outputs))
    add(names.get(relation)!, values, count);
  expect([...net].filter(([, count]) => count !== 0)).toEqual([]);
  expect([...adds.keys()].sort()).toEqual([...debugged.adders.keys()].sort());
  for (const [, [added, drained]] of adds) {
    expect(added).toBeGreaterThan(0);
    expect(drained).toBe(1);
  }
}

/** one and two committed inputs, which have addresses of their own */
const COMMITTED = [
  { name: 'a committed input', ...doubling() },
  { name: 'two committed inputs', ...doubling([committedRegion(), committedRegion(DATA_BASE + 16, 'z')]) },
];

describe('the example programs', () => {
  for (const { name, program, inputs } of [...EXAMPLES.map((make) => make()), ...COMMITTED]) {
    test(`${name}: words, rows, coefficients and tuples are those of the run`, () => {
      const debugged = opened(program, inputs);
      expect(debugged.steps).toBe(debugged.run.cycles.length / CYCLE_WORDS);
      expectWords(debugged);
      expectRows(debugged);
      expectStores(debugged);
      expectBalance(debugged);
      expect(judge(debugged)).toMatchObject({
        ok: true,
        failureCount: 0,
        changeCount: 0,
        unbalanced: [],
        accumulators: [],
        otherOutputs: [],
      });
    });
  }
});

test('random programs: the same', () => {
  let runs = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { program, inputs } = randomProgram(seed);
      let debugged: Debugged;
      try {
        debugged = opened(program, inputs);
      } catch (error) {
        if (error instanceof ZkvmError) return; // this one has no run
        throw error;
      }
      runs++;
      expectWords(debugged);
      expectRows(debugged);
      expectStores(debugged);
    }),
    { numRuns: times(40) },
  );
  expect(runs).toBeGreaterThan(10);
});

const { program, inputs } = EXAMPLES.map((make) => make()).find(({ name }) => name.startsWith('conv'))!;

test('an accumulator is the same at a step whichever steps were asked for before', () => {
  const inOrder = opened(program, inputs);
  const jumping = opened(program, inputs);
  const products = stepsOf(inOrder).filter((step) => ['MAC', 'MUL'].includes(instructionOf(inOrder.run, step).opcode));
  const forward = products.map((step) => inOrder.accumulators.after(cycleOf(inOrder.run, step).ec, step));
  for (const i of products.map((_, at) => at).reverse()) {
    const step = products[i]!;
    const found = jumping.accumulators.after(cycleOf(jumping.run, step).ec, step);
    expect(found.added).toBe(forward[i]!.added);
    for (let channel = 0; channel < found.channels; channel++)
      expect([...found.values.subarray(channel * found.span, (channel + 1) * found.span)]).toEqual([
        ...forward[i]!.values.subarray(channel * found.span, (channel + 1) * found.span),
      ]);
  }
  const { ec } = cycleOf(inOrder.run, products[0]!);
  expect(inOrder.accumulators.after(ec, -1).values.length).toBe(0);
});

describe('search', () => {
  const debugged = opened({ ...program, sourceMap: [{ from: 0, to: 2, node: 'node #0 Conv "/c1"' }] }, inputs);

  test('by node, by opcode and by address; all that is given must fit', () => {
    const all = stepsOf(debugged);
    expect(search(debugged, {})).toEqual(all);
    const ofNode = search(debugged, { node: 'CONV' });
    expect(ofNode).toEqual(all.filter((step) => debugged.run.cycles[step * CYCLE_WORDS]! < 2));
    expect(ofNode.length).toBeGreaterThan(0);
    expect(ofNode.length).toBeLessThan(all.length);
    const stores = search(debugged, { opcode: 'STORE' });
    expect(stores).toEqual(all.filter((step) => instructionOf(debugged.run, step).opcode === 'STORE'));
    expect(search(debugged, { node: 'no such' })).toEqual([]);
    expect(search(debugged, { node: 'conv', opcode: 'HLT' })).toEqual([]);
  });

  test('a written word is found at its writer and at who reads it', () => {
    for (const [word, writer] of debugged.writers.entries()) {
      if (writer < 0) continue;
      const found = search(debugged, { address: RAM_BASE + word });
      expect(found).toContain(writer);
      expect(found.length > 1 || debugged.outputs.has(RAM_BASE + word) || debugged.run.ramReads[word] === 0).toBe(true);
    }
  });
});

describe('why', () => {
  test('an output goes back to inputs; bounds count what they leave out', () => {
    const debugged = opened(program, inputs);
    const region = program.outputs[0]!;
    const index = debugged.run.outputs[region.name]!.findIndex((value) => value !== 0);
    const place = placeOfElement(region, index);
    expect(laneAt(debugged.run, place.address, place.lane)).toBe(debugged.run.outputs[region.name]![index]);
    const all = whyOf(debugged, place, { places: 10_000, products: 10_000 });
    expect(all.leftOut).toBe(0);
    expect(all.reasons.some(({ owner }) => owner.kind === 'input')).toBe(true);
    expect(all.steps.length).toBeGreaterThan(1);
    const few = whyOf(debugged, place, { places: 2, products: 1 });
    expect(few.reasons).toHaveLength(Math.min(2, all.reasons.length));
    expect(few.leftOut).toBeGreaterThan(0);
  });

  test('a committed input is where a reason ends', () => {
    const { program: own, inputs: given } = COMMITTED[1]!;
    const debugged = opened(own, given);
    for (const region of own.outputs) {
      const index = debugged.run.outputs[region.name]!.findIndex((value) => value !== 0);
      const { reasons } = whyOf(debugged, placeOfElement(region, index));
      const end = reasons.at(-1)!;
      const input = region.name === 'y0' ? 'x' : 'z';
      expect(end.owner).toEqual({ kind: 'input', name: input });
      expect(2 * end.value).toBe(debugged.run.outputs[region.name]![index]);
      expect(end.value).toBe(given[input]![index]);
    }
  });

  test('every element has the place that unpacking reads it from', () => {
    for (const make of EXAMPLES)
      for (const region of make().program.outputs) {
        const size = region.shape.reduce((product, length) => product * length, 1);
        for (const index of [0, 1, size - 1]) {
          if (index >= size) continue;
          const { address, lane } = placeOfElement(region, index);
          const words = new Uint32Array(2 ** 16 * LANES);
          words[(address - RAM_BASE) * LANES + lane] = 1;
          const tensor = unpackRegion({ ...region, lo: 0, hi: 1 }, words, (at) => (at - RAM_BASE) * LANES);
          expect([...tensor.entries()].filter(([, value]) => value !== 0)).toEqual([[index, 1]]);
        }
      }
  });
});

describe('a changed cell', () => {
  const honest = opened(program, inputs);

  test('is found at its row and step, whichever it is; where a constraint fails, its sentence and its cells are of that row', () => {
    let failing = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...CHIP_NAMES.filter((chip) => honest.instances[TYPE[chip]] !== undefined)),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: P - 1 }),
        (chip, a, b, change) => {
          const trace = traceOf(honest.trace.zkb, honest.run);
          const instance = TYPE[chip];
          const { columns, logSize } = trace.instances[instance]!;
          const isRun = (RUN_CHIPS as readonly string[]).includes(chip);
          const used = isRun ? honest.rowStarts[chip as 'cpu'].at(-1)! : 2 ** logSize;
          const [row, at] = [a % used, b % columns.length];
          columns[at]![row] = (columns[at]![row]! + change) % P;
          const debugged = openTrace(trace);
          const { changes, failures, ok, unbalanced, accumulators } = judge(debugged, 1000);
          expect(changes).toHaveLength(1);
          expect(changes![0]).toMatchObject({
            chip,
            row,
            column: MACHINE.components[instance]!.base[at],
            value: columns[at]![row],
            step: isRun ? stepOfRow(honest.rowStarts[chip as 'cpu'], row) : undefined,
          });
          if (isRun) expect(changesOfStep(debugged, changes![0]!.step!)).toEqual(changes);
          for (const failure of failures) {
            expect(failure.chip).toBe(chip);
            expect([row, (row + 1) % 2 ** logSize]).toContain(failure.row);
            if (isRun && failure.row < used) expect(failure.step).toBe(stepOfRow(honest.rowStarts[chip as 'cpu'], failure.row));
            const constraint = MACHINE.components[instance]!.constraints.find(({ label }) => label === failure.label)!;
            expect(failure.formula).toBe(formulaOf(MACHINE.components[instance]!, constraint.node));
            // a product that is not 0 has no factor that is
            for (const { value } of failure.factors) expect(value).not.toBe(0);
            failing++;
          }
          if (!ok && failures.length === 0)
            expect(unbalanced.length + accumulators.length, `${chip} ${row} ${changes![0]!.column}`).toBeGreaterThan(0);
        },
      ),
      { numRuns: times(60) },
    );
    expect(failing).toBeGreaterThan(20);
  });

  test('of a table entry fails no constraint and is told by the tuples that no side answers', () => {
    const trace = traceOf(honest.trace.zkb, honest.run);
    const store = trace.instances[TYPE.store]!;
    const mask = MACHINE.components[TYPE.store]!.base.indexOf('m0');
    const row = store.columns[mask]!.indexOf(1);
    const y = MACHINE.components[TYPE.store]!.base.indexOf('y0');
    store.columns[y]![row] = (store.columns[y]![row]! + 1) % P;
    const { ok, failureCount, sumIsZero, unbalanced } = judge(openTrace(trace));
    expect({ ok, failureCount, sumIsZero }).toEqual({ ok: false, failureCount: 0, sumIsZero: false });
    expect(new Set(unbalanced.map(({ relation }) => relation))).toEqual(new Set(['write', 'lookup']));
    for (const { row: at, step } of unbalanced) expect([at, step]).toEqual([row, stepOfRow(honest.rowStarts.store, row)]);
  });

  test('of a coefficient that a mask hides is told by its accumulator', () => {
    const trace = traceOf(honest.trace.zkb, honest.run);
    const { base } = MACHINE.components[TYPE.store]!;
    const { columns } = trace.instances[TYPE.store]!;
    const step = search(honest, { opcode: 'STORE' })[0]!;
    const lane = Array.from({ length: LANES }, (_, t) => t).find((t) => columns[base.indexOf(`m${t}`)]![0] === 0)!;
    columns[base.indexOf(`q${lane}`)]![0] = (columns[base.indexOf(`q${lane}`)]![0]! + 1) % P;
    expect(judge(openTrace(trace))).toMatchObject({
      ok: false,
      failureCount: 0,
      unbalanced: [],
      accumulators: [{ name: cycleOf(honest.run, step).ec, chip: 'store', row: 0, step }],
    });
  });

  test('of a committed input is told by its tuples and its instance', () => {
    const { program: own, inputs: given } = COMMITTED[1]!;
    const trace = traceOf(encodeProgram(own), execute(own, given));
    const second = trace.instances.findLastIndex(({ type }) => type === TYPE.words);
    const mult = MACHINE.components[TYPE.words]!.base.indexOf('mult');
    trace.instances[second]!.columns[mult]![3]! += 1;
    const { ok, sumIsZero, changes, unbalanced } = judge(openTrace(trace));
    expect({ ok, sumIsZero }).toEqual({ ok: false, sumIsZero: false });
    expect(changes).toMatchObject([{ chip: 'words', instance: second, row: 3, column: 'mult', step: undefined }]);
    expect(unbalanced).toMatchObject([{ relation: 'read', times: -1 }]);
    expect(unbalanced[0]!.tuple[0]).toBe(DATA_BASE + 16 + 3);
  });

  test('of the address of a committed word is told with the factors of its own instance, its rows too', () => {
    const { program: own, inputs: given } = COMMITTED[1]!;
    const trace = traceOf(encodeProgram(own), execute(own, given));
    const second = trace.instances.findLastIndex(({ type }) => type === TYPE.words);
    const { columns, logSize } = trace.instances[second]!;
    columns[MACHINE.components[TYPE.words]!.base.indexOf('addr')]![3]! += 5;
    const { failures } = judge(openTrace(trace));
    const failure = failures.find(({ label, row }) => label === 'after the last' && row === 3)!;
    // row 2 stands before it: the jump is 5, and 2 is so far from the last row
    expect(failure.factors.map(({ value }) => value)).toEqual([5, 2 - 2 ** logSize + 1]);
  });

  test('a claimed output that the run does not give is named', () => {
    const trace = traceOf(honest.trace.zkb, honest.run);
    const { name } = program.outputs[0]!;
    const outputs = { ...trace.outputs, [name]: trace.outputs[name]!.map((value, i) => (i === 0 ? value + 1 : value)) };
    expect(judge(openTrace({ ...trace, outputs }))).toMatchObject({ ok: false, sumIsZero: false, otherOutputs: [name], changeCount: 0 });
  });

  test('a file with other instances than the run makes has rows without steps, and its constraints are checked all the same', () => {
    const trace = traceOf(honest.trace.zkb, honest.run);
    const debugged = openTrace({ ...trace, instances: trace.instances.slice(1) });
    const verdict = judge(debugged);
    expect(verdict).toMatchObject({ ok: false, changes: undefined, changeCount: undefined });
    expect(rowsOfStep(debugged, 0)).toEqual([]);
    expect(detailOf(debugged, 0).operands.length).toBeGreaterThan(0);
  });
});

test('a sentence is the recorded formula: parentheses where a sum is multiplied, p. for the row before', () => {
  const { constraints } = MACHINE.components[TYPE.mac]!;
  const sentence = (label: string): string =>
    formulaOf(MACHINE.components[TYPE.mac]!, constraints.find((one) => one.label === label)!.node);
  expect(sentence('bool A1')).toBe('A1·(A1 − 1)');
  expect(sentence('second word')).toBe('(A2 + B2)·(av − aw − 1)');
  expect(sentence('pad end')).toBe('pd·(B1 + B2)');
  expect(sentence('carry nw')).toContain('p.nw');
});
