// The audit and the executor judge the same programs alike: compiled programs and examples with one operand, stride, count or field changed.
// A program that passes never reads an unwritten word, writes twice or leaves an accumulator; a program that runs passes. Source: vm/program/audit.ts,
// vm/executor/memory.ts. Caveat: where a run ends for another reason (a coefficient without an interval, a lane that is no mask) it says nothing.
// Slow: hundreds of changed programs are audited and run.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileModel } from '../../../compiler/index.ts';
import { neutralInput } from '../../../vm/estimate/outline.ts';
import { execute } from '../../../vm/executor/run.ts';
import { namesOf } from '../../../vm/program/assembler.ts';
import { audit } from '../../../vm/program/audit.ts';
import { LANES, P, RAM_BASE, specOf, WORD_FIELDS } from '../../../vm/program/isa.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { ANY_ERROR } from '../../compiler/check.ts';
import { onnxModel } from '../../compiler/onnx-writer.ts';
import { FAMILIES, type FamilyName, randomModel, samplesFor } from '../../compiler/random-models.ts';
import { failure } from '../../failure.ts';
import { times } from '../../times.ts';
import { EXAMPLES } from '../programs.ts';

interface Base {
  program: Program;
  inputs: IntegerTensors;
}

const compiled = (family: FamilyName, seed: number): Base => {
  const model = randomModel(family, seed);
  const { program } = compileModel(onnxModel(model), { calibration: samplesFor(model, seed), activationBits: 10, acceptError: ANY_ERROR });
  return { program, inputs: neutralInput(program) };
};
const examples = EXAMPLES.map((make) => make()).filter(({ name }) => !name.startsWith('loop'));
const bases: Base[] = [...examples, ...(Object.keys(FAMILIES) as FamilyName[]).map((family) => compiled(family, 7))];

/** faults that the audit must foresee, and where the rule names the same instruction */
const FORESEEN = new Map([
  ['ZK0410', ['read', 'output']],
  // a STORE reads its mask between its writes
  ['ZK0411', ['write', 'read']],
  ['ZK0412', ['write', 'read']],
  ['ZK0420', []],
  ['ZK0421', []],
  ['ZK0422', ['accumulator']],
]);

/** the program with one lane of one instruction word changed; undefined if the loader refuses it */
function mutated({ program }: Base, at: number, name: number, value: (old: number) => number): Program | undefined {
  const { instructions } = checkProgram(program);
  const pc = at % (instructions.length - 1);
  const { opcode } = instructions[pc]!;
  const names = namesOf(opcode);
  const chosen = names[name % names.length]!;
  const field = specOf(opcode).fields.indexOf(chosen);
  const lane = field < 0 ? WORD_FIELDS.indexOf(chosen as 'a') : WORD_FIELDS.indexOf('f0') + field;
  const rom = program.rom.slice();
  rom[pc * LANES + lane] = value(rom[pc * LANES + lane]!);
  const changed = { ...program, rom };
  return failure(() => checkProgram(changed)) ? undefined : changed;
}

const step = fc.integer({ min: -20, max: 20 }).map((by) => (old: number) => (old + by + P) % P);
const elsewhere = fc.integer({ min: 0, max: 600 }).map((word) => () => RAM_BASE + word);
const small = fc.integer({ min: 0, max: 40 }).map((n) => () => n);

test('what the audit says of changed programs is what happens when they run', () => {
  const seen = { same: 0, refused: 0, unknown: 0, passed: 0 };
  const property = fc.property(
    fc.nat({ max: bases.length - 1 }),
    fc.nat({ max: 2 ** 20 }),
    fc.nat({ max: 2 ** 20 }),
    fc.oneof(step, elsewhere, small),
    (base, at, name, value) => {
      const program = mutated(bases[base]!, at, name, value);
      if (!program) return;
      const verdict = audit(program);
      const error = failure(() => execute(program, bases[base]!.inputs, { maxRows: 2 ** 16, maxCycles: 2 ** 13 }));
      const foreseen = error && FORESEEN.get(error.code);
      if (!error) {
        // the audit is stricter in one thing: a STORE may not read a mask word that it wrote itself, a row earlier
        if (!verdict.determined) expect([verdict.rule, verdict.instruction.slice(0, 5)]).toEqual(['read', 'STORE']);
        seen.passed++;
      } else if (foreseen) {
        expect(verdict.determined).toBe(false);
        if (verdict.determined) return;
        expect(foreseen).toContain(verdict.rule);
        if (verdict.rule !== 'accumulator') expect(error.where).toMatch(new RegExp(`^pc ${verdict.pc}: `));
        seen.refused++;
      } else if (verdict.determined) seen.same++;
      else seen.unknown++;
    },
  );
  fc.assert(property, { numRuns: times(400) });
  // both sides of the judgement occur often
  expect(seen.passed).toBeGreaterThan(40);
  expect(seen.refused).toBeGreaterThan(40);
}, 240_000);
