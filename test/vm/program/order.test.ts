// What the proof does not say: RAM has no order, so a program that reads a word before it writes it has as many runs as its equations
// have solutions. The loader does not see it, the executor refuses to run it, the audit refuses it without a run (audit.test.ts has the proofs).
// Source: AIR.md §2 ("what stays a property of the program"), §9 item 24.
import { expect, test } from 'vitest';
import { execute } from '../../../vm/executor/run.ts';
import { instruction } from '../../../vm/program/assembler.ts';
import { audit } from '../../../vm/program/audit.ts';
import { LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import { forged, honestRun, objections, rows } from '../chips/forging.ts';
import { wordProgram } from '../programs.ts';

const R = RAM_BASE;
const scalar = (value: number): number[] => [value, ...Array<number>(LANES - 1).fill(0)];
/** [R] = [a], by a product with one and a table that is the identity on 0, 1, 2 */
const copyOf = (a: number, input: number[] | undefined) =>
  wordProgram({
    name: 'copy',
    rom: [
      instruction('MAC', { a, b: 3, c: R }),
      instruction('STORE', { a: 4, b: 9, c: R }),
      instruction('HLT'),
      scalar(1),
      Array<number>(LANES).fill(1),
    ],
    codeWords: 3,
    slots: { 9: [0, 1, 2].map((x) => [1, x, x]) },
    inputs: input ? [[R + 1, input]] : [],
    outputs: [R],
    ramLogSize: 1,
  });

test('a word that is a copy of itself may have any value of the table: the AIR and the loader agree, the executor does not', () => {
  for (const value of [0, 1, 2]) {
    const honest = honestRun(copyOf(R + 1, scalar(value)));
    expect(objections(honest)).toEqual([]);
    const circular = forged(honest, (run) => {
      rows(run, 'rom')[0]!.w2 = R;
      Object.assign(rows(run, 'cpu')[0]!, { a: R, ea: R });
      rows(run, 'mac')[0]!.aw = R;
      run.publicTerms = run.publicTerms.filter((t) => t.values[0] !== R + 1);
      Object.assign(rows(run, 'ram')[1]!, { w0: 0, used: 0 });
    });
    expect(objections(circular)).toEqual([]);
    expect(circular.publicTerms.at(-1)!.values.slice(0, 2)).toEqual([R, value]);
  }
  const { program } = copyOf(R, undefined);
  expect(() => checkProgram(program)).not.toThrow();
  expect(audit(program)).toMatchObject({ determined: false, rule: 'read', pc: 0 });
  expect(() => execute(program, {})).toThrow(expect.objectContaining({ code: 'ZK0410' }));
});

test('the same copy in order has one run', () => {
  const copy = copyOf(R + 1, scalar(1));
  expect(audit(copy.program)).toEqual({ determined: true });
  const honest = honestRun(copy);
  const other = forged(honest, (run) => {
    Object.assign(rows(run, 'store')[0]!, { q0: 2, y0: 2 });
    rows(run, 'ram')[0]!.w0 = 2;
    run.publicTerms = run.publicTerms.map((t) => (t.values[0] === R ? { ...t, values: [R, 2, ...t.values.slice(2)] } : t));
  });
  expect(objections(other)).toEqual(['sum']);
});
