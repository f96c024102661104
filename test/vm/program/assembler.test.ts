// Instruction words have the fields of the table at their lanes, decode to what made them, and have a text form. Source: vm/README.md.
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assemble,
  COUNTS,
  decodeInstruction,
  disassemble,
  disassembleProgram,
  instruction,
  modeFits,
  namesOf,
} from '../../../vm/program/assembler.ts';
import { ISA, MODES, OPCODES, P, RAM_BASE } from '../../../vm/program/isa.ts';
import { code } from '../../failure.ts';

const anyInstruction = fc.constantFrom(...OPCODES).chain((opcode) => {
  const values = Object.fromEntries(
    namesOf(opcode).map((name) => [
      name,
      name === 'one'
        ? fc.constant(1)
        : COUNTS.has(name)
          ? fc.integer({ min: 1, max: P - 1 })
          : fc.integer({ min: -(2 ** 30 - 1), max: 2 ** 30 - 1 }),
    ]),
  );
  const flags = [...ISA[opcode].variants, ...MODES.filter((mode) => modeFits(opcode, mode))];
  return fc.record({
    opcode: fc.constant(opcode),
    values: fc.record(values),
    flags: fc.subarray(flags).filter((some) => !(some.includes('Z') && some.includes('X2'))),
  });
});

describe('instruction words', () => {
  test('have the fields of the table at their lanes', () => {
    const word = instruction(
      'MAC',
      { n: 3, a: 5, as: -2, b: 7, bs: 8, c: RAM_BASE, cs: 1, nw: 2, h: 3, ra: -4, ob: 5, taps: 6, pad: 7 },
      'X2',
      'rC',
      'xA',
    );
    expect([...word]).toEqual([1 + 2 + 64 * 4 + 64 * 8, 3, 5, P - 2, 7, 8, RAM_BASE, 1, 2, 3, P - 4, 5, 6, 7, 0, 0]);
    expect([...instruction('HLT')]).toEqual([24, 1, ...Array(14).fill(0)]);
    expect([...instruction('MUL', { a: 1, b: 2, c: 3 }).slice(8, 14)]).toEqual([1, 1, 0, 0, 1, 0]);
  });

  test('decode to what made them, and text assembles back to the same word', () => {
    fc.assert(
      fc.property(anyInstruction, ({ opcode, values, flags }) => {
        const word = instruction(opcode, values, ...flags);
        expect(decodeInstruction(word)).toEqual({ opcode, flags, values });
        expect(assemble(disassemble(word))).toEqual(word);
      }),
    );
  });

  test('any other lane value is refused or decodes to itself', () => {
    const lane = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(anyInstruction, fc.nat(15), lane, ({ opcode, values, flags }, at, value) => {
        const word = instruction(opcode, values, ...flags);
        word[at] = value;
        const verdict = code(() => {
          const again = decodeInstruction(word);
          expect(instruction(again.opcode, again.values, ...again.flags)).toEqual(word);
        });
        expect(['accepted', 'ZK0402']).toContain(verdict);
      }),
    );
  });

  test.each([
    // @ts-expect-error: its names are types as well
    ['a name the opcode does not take', () => instruction('JMP', { a: 1 })],
    ['a count of 0', () => instruction('MAC', { n: 0 })],
    ['a value that is no integer', () => instruction('SET', { value: 1.5 })],
    ['a value beyond the field', () => instruction('SET', { value: 2 ** 30 })],
    ['Z with X2', () => instruction('MAC', {}, 'Z', 'X2')],
    // @ts-expect-error: and so are its variants
    ['a variant of another opcode', () => instruction('MAC', {}, 'LEAD')],
    ['an immediate for RET', () => instruction('RET', {}, 'im')],
    ['a relative slot', () => instruction('STORE', {}, 'rB')],
    ['MUL with f4 other than 1', () => instruction('MUL', { one: 2 })],
  ])('refuse %s', (_, run) => expect(code(run)).toBe('ZK0401'));
});

describe('text', () => {
  test('has labels, relative and immediate operands, comments', () => {
    const text = `
      SET c=ram+5 value=3      ; counter
      loop: CAL.xA a=ap b=#@body c=ap+1 frame=8`;
    expect(code(() => assemble(text))).toBe('ZK0403'); // no label body, and xA must be written as ap+
    const words = assemble('SET c=ram+5 value=3 ; counter\nloop:\nCAL a=ap+0 b=#@body c=ap+1 frame=8\nJNZ a=ap-3 b=#@loop\nbody: HLT');
    expect(words.slice(0, 16)).toEqual(instruction('SET', { c: RAM_BASE + 5, value: 3 }));
    expect(words.slice(16, 32)).toEqual(instruction('CAL', { a: 0, b: 3, c: 1, frame: 8 }, 'xA', 'xC', 'im'));
    expect(words.slice(32, 48)).toEqual(instruction('JNZ', { a: -3, b: 1 }, 'xA', 'im'));
    expect(assemble(disassembleProgram({ rom: words, codeWords: 4 }))).toEqual(words);
  });

  test.each([
    'FLY',
    'SET c=',
    'SET c=1 c=2',
    'SET d=1',
    'MAC as=fp+1',
    'MAC a=#4',
    'JMP b=#@nowhere',
    'x: x: HLT',
    'SET value=99999999999',
  ])('refuses "%s" with its line', (text) => expect(code(() => assemble(text))).toBe('ZK0403'));

  test('of the chapter assembles', () => {
    const chapter = fs.readFileSync(path.join(import.meta.dirname, '../../../vm/README.md'), 'utf8');
    const [, text] = /```\n([\s\S]*?)```/.exec(chapter)!;
    const words = assemble(text!);
    expect(words.length / 16).toBe(7);
    expect(disassemble(words, 1)).toBe('CAL a=ap+0 b=#4 c=ap+1 frame=8');
  });
});
