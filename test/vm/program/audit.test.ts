// Why a program must have one answer, and which programs the audit keeps out: for every rule a program that only this rule refuses, two runs of
// it that give different outputs for the same input, and real proofs of both, which `verifyProof` accepts from whoever allows such programs.
// Source: vm/program/audit.ts. Caveat: profile `test`.
// Slow: programs up to the limit of the audit, and proofs of both runs of those that have two.
import { describe, expect, test } from 'vitest';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { type Execution, execute } from '../../../vm/executor/run.ts';
import { instruction } from '../../../vm/program/assembler.ts';
import { type AuditRule, audit, MAX_STEPS, requireDetermined, undeterminedText } from '../../../vm/program/audit.ts';
import { CYCLE_FIELDS, CYCLE_WORDS } from '../../../vm/program/cycle.ts';
import { LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { WrittenWords } from '../../../vm/program/written-words.ts';
import { proveExecution } from '../../../vm/prove.ts';
import { loadModel, prepareModel } from '../../../vm/statement/model.ts';
import { verifyProof } from '../../../vm/verify.ts';
import { failure } from '../../failure.ts';
import { guessedRun } from '../guessed-run.ts';
import { EXAMPLES } from '../programs.ts';
import { DRAINED_EARLY, hiddenBranch, NO_RUN, SEVERAL_RUNS, tinyProgram } from './undetermined-programs.ts';

const R = RAM_BASE;
const backend = jsBackend();
const profile = PROFILES.test;
const refused = expect.objectContaining({ kind: 'rejected', code: 'ZK0347', exitCode: 3 });

/** first element of the first output of a proof of this run, as a verifier who allows such programs sees it */
async function proved(program: Program, run: Execution): Promise<number> {
  const options = { allowUndetermined: true };
  const { bytes } = await proveExecution(await prepareModel(program, profile, backend, options), run);
  const model = await loadModel(program, profile, backend, options);
  expect(model.audit.determined).toBe(false);
  const { outputs, inputs } = verifyProof(model, bytes, [profile], { inputs: run.inputs });
  expect(inputs).toEqual(run.inputs);
  return outputs.y0![0]!;
}

async function expectRefused(program: Program): Promise<void> {
  await expect(loadModel(program, profile, backend)).rejects.toThrow(refused);
  await expect(prepareModel(program, profile, backend, { allowUndetermined: false })).rejects.toThrow(refused);
}

/** reads come first: this instruction reads what it or a later one writes */
const order = (inputs: IntegerTensors, program: Program): string => failure(() => execute(program, inputs))?.code ?? 'ran';

describe('a program that only one rule refuses has two proofs on one input', () => {
  test.each(SEVERAL_RUNS)('$rule: $name', async ({ rule, pc, bad, x, guesses, good }) => {
    const { program, inputs } = tinyProgram(bad, x);
    expect(audit(program)).toMatchObject({ determined: false, rule, pc });
    expect(order(inputs, program)).toBe('ZK0410');
    await expectRefused(program);
    const outputs = [];
    for (const guess of guesses) outputs.push(await proved(program, guessedRun(program, inputs, guess)));
    expect(new Set(outputs).size).toBe(2);

    const twin = tinyProgram(good, x);
    expect(audit(twin.program)).toEqual({ determined: true });
    expect(order(twin.inputs, twin.program)).toBe('ran');
  });

  test('accumulator: a STORE before the MAC that reads its result', async () => {
    const { program, inputs } = tinyProgram(DRAINED_EARLY.bad, 0);
    expect(audit(program)).toMatchObject({ determined: false, rule: 'accumulator', pc: 1 });
    expect(order(inputs, program)).toBe('ZK0422');
    await expectRefused(program);
    const outputs = [];
    for (const value of [3, 9]) {
      // the run of a sound program, whose MAC reads the input, with the first two cycles exchanged and the MAC's operand moved
      const donor = tinyProgram(DRAINED_EARLY.donor, value);
      expect(audit(donor.program)).toEqual({ determined: true });
      const run = execute(donor.program, donor.inputs);
      const cycles = run.cycles.slice();
      const field = (cycle: number, name: (typeof CYCLE_FIELDS)[number]): number => cycle * CYCLE_WORDS + CYCLE_FIELDS.indexOf(name);
      cycles.set(run.cycles.subarray(CYCLE_WORDS, 2 * CYCLE_WORDS), 0);
      cycles.set(run.cycles.subarray(0, CYCLE_WORDS), CYCLE_WORDS);
      cycles[field(0, 'pc')] = 0;
      cycles[field(1, 'pc')] = 1;
      cycles[field(1, 'ea')] = R + 1;
      const ram = run.ram.slice();
      ram.fill(0, 0, LANES);
      const ramReads = run.ramReads.slice();
      ramReads[0]!--;
      ramReads[1]!++;
      outputs.push(await proved(program, { ...run, loaded: checkProgram(program), inputs, cycles, ram, ramReads }));
    }
    expect(outputs).toEqual([3, 9]);
  });

  test('a branch on the input hides it: y = x for every x but 0, and then y is anything', async () => {
    for (const x of [1, 2, -3, 2 ** 20]) {
      const { program, inputs } = hiddenBranch(x);
      expect(execute(program, inputs).outputs.y0![0]).toBe(x);
    }
    const { program, inputs } = hiddenBranch(0);
    expect(order(inputs, program)).toBe('ZK0410');
    for (const y of [0, 7, -12345]) expect(await proved(program, guessedRun(program, inputs, { [R + 1]: [y] }))).toBe(y);
    await expectRefused(program);
  });
});

test.each(NO_RUN)('refused although no second run can be proved: $rule: $name', async ({ rule, pc, bad, x, good }) => {
  const { program } = tinyProgram(bad, x);
  expect(audit(program)).toMatchObject({ determined: false, rule, pc });
  await expectRefused(program);
  const twin = tinyProgram(good, x);
  expect(audit(twin.program)).toEqual({ determined: true });
  expect(order(twin.inputs, twin.program)).toBe('ran');
});

test('a guess that the program does not write is no run', () => {
  const { program, inputs } = tinyProgram([instruction('ADD', { a: R + 1, b: 1, c: R + 1 }, 'im'), instruction('HLT')], 0);
  expect(() => guessedRun(program, inputs, { [R + 1]: [5] })).toThrow('does not write the guess');
  expect(order(inputs, program)).toBe('ZK0410'); // the executor is itself again
});

test('code after the first HLT is not looked at: nothing leads there', () => {
  const end = instruction('HLT');
  const { program, inputs } = tinyProgram(
    [instruction('ADD', { a: R, b: 0, c: R + 1 }, 'im'), end, instruction('JMP', { b: 1 }, 'im'), end],
    4,
  );
  expect(audit(program)).toEqual({ determined: true });
  expect(order(inputs, program)).toBe('ran');
});

test('operands relative to fp and ap are relative to the first RAM word', () => {
  const relative = (c: number): Uint32Array[] => [instruction('ADD', { a: 0, b: 0, c }, 'rA', 'xC', 'im'), instruction('HLT')];
  expect(audit(tinyProgram(relative(1), 4).program)).toEqual({ determined: true });
  expect(audit(tinyProgram(relative(0), 4).program)).toMatchObject({ rule: 'write' });
  // fp + ap leaves RAM
  const both = [instruction('ADD', { a: -R, b: 0, c: 1 }, 'rA', 'xA', 'xC', 'im'), instruction('HLT')];
  expect(audit(tinyProgram(both, 4).program)).toEqual({ determined: true });
});

test('the example programs without calls pass; the loop is refused at its first instruction that moves ap', () => {
  for (const { name, program } of EXAMPLES.map((make) => make()))
    expect([name, audit(program)]).toEqual([
      name,
      name.startsWith('loop') ? expect.objectContaining({ determined: false, rule: 'jump', pc: 2 }) : { determined: true },
    ]);
});

test('the refusal names instruction, node and reason; the option lets the program through', () => {
  const { program } = tinyProgram([instruction('ADD', { a: R + 2, b: 0, c: R + 1 }, 'im'), instruction('HLT')], 0);
  const named = { ...program, sourceMap: [{ from: 0, to: 1, node: 'Gemm_3' }] };
  const error = failure(() => requireDetermined(named))!;
  expect(error).toEqual(refused);
  expect(error.where).toBe('pc 0: ADD a=ram+2 b=#0 c=ram+1 (Gemm_3)');
  expect(error.why).toMatch(/^reads RAM word 2/);
  expect(error.fix).toContain('--allow-undetermined');
  const verdict = requireDetermined(named, { allowUndetermined: true });
  if (verdict.determined) throw new Error('the audit took it');
  expect(undeterminedText(verdict)).toBe(`${error.where}: ${error.why}`);
});

describe('a count in a small file costs no more than the limit of the audit', () => {
  const endless = (change: Record<string, number>): Uint32Array[] => [
    instruction('MAC', { a: R, b: 8, c: R + 1, ...change }),
    instruction('HLT'),
  ];
  /** questions about words, the steps of a search among them; a spy of the test runner would keep every one */
  function questionsOf(run: () => void): number {
    let questions = 0;
    const { firstGap, add } = WrittenWords.prototype;
    Object.assign(WrittenWords.prototype, {
      firstGap(this: WrittenWords, word: number) {
        questions++;
        return firstGap.call(this, word);
      },
      add(this: WrittenWords, word: number) {
        questions++;
        add.call(this, word);
      },
    });
    try {
      run();
    } finally {
      Object.assign(WrittenWords.prototype, { firstGap, add });
    }
    return questions;
  }

  test.each<[string, Record<string, number>, AuditRule]>([
    ['repeats', { n: 2 ** 31 - 2 }, 'work'],
    ['rows', { h: 2 ** 31 - 2 }, 'work'],
    ['rows and words', { h: 2 ** 31 - 2, ra: 1, nw: 2 ** 31 - 2 }, 'read'],
    ['repeats, each with an accumulator of its own', { n: 2 ** 31 - 2, cs: 1 }, 'accumulator'],
    ['taps', { taps: 2 ** 31 - 2 }, 'read'],
  ])('%s', (_what, change, rule) => {
    const { program } = tinyProgram(endless(change), 0);
    checkProgram(program);
    const words = 2 ** program.ramLogSize;
    const questions = questionsOf(() => expect(audit(program)).toMatchObject({ determined: false, rule }));
    // a question a range of words at most, and a word is written once
    expect(questions).toBeGreaterThan(0);
    expect(questions).toBeLessThanOrEqual(MAX_STEPS + words);
    if (rule === 'work') expect(questions).toBeGreaterThan(MAX_STEPS / 2);
  });
});
