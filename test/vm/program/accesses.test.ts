// The audit's address model is the machine's: what it says an instruction reads and writes is what the executor counted, word for word, and
// what the chips' own rows ask for. Source: vm/program/accesses.ts. Caveat: programs without calls; values play no part.
import { describe, expect, test } from 'vitest';
import { type Execution, execute } from '../../../vm/executor/run.ts';
import { visitRepeats } from '../../../vm/program/accesses.ts';
import { repeatsOf } from '../../../vm/program/assembler.ts';
import { LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import { elementAddresses, inputWords } from '../../../vm/program/packing.ts';
import type { Program } from '../../../vm/program/types.ts';
import { honestRun, rows } from '../chips/forging.ts';
import { EXAMPLES } from '../programs.ts';

interface Touched {
  romReads: Uint32Array;
  ramReads: Uint32Array;
  written: Uint8Array;
  added: Set<number>;
  drained: Set<number>;
}

/** everything a run touches, by the audit's address model */
function touchedBy(program: Program): Touched {
  const ramWords = 2 ** program.ramLogSize;
  const romReads = new Uint32Array(program.rom.length / LANES);
  const ramReads = new Uint32Array(ramWords);
  const written = new Uint8Array(ramWords);
  const [added, drained] = [new Set<number>(), new Set<number>()];
  const visitor = {
    read(address: number, words: number, times: number): boolean {
      for (let word = address; word < address + words; word++) {
        if (word < romReads.length) romReads[word]! += times;
        else ramReads[word - RAM_BASE]! += times;
      }
      return true;
    },
    slot: () => true,
    add: (name: number) => !!added.add(name),
    drain: (name: number) => !!drained.add(name),
    write(address: number, words: number): boolean {
      written.fill(1, address - RAM_BASE, address - RAM_BASE + words);
      return true;
    },
  };
  for (const region of program.inputs) visitor.write(region.address, inputWords(region));
  for (const [pc, instruction] of checkProgram(program).instructions.entries()) {
    romReads[pc]! += repeatsOf(instruction);
    visitRepeats(instruction, visitor);
    if (instruction.opcode === 'HLT') break;
  }
  for (const region of program.outputs) for (const address of elementAddresses(region)) visitor.read(address, 1, 1);
  return { romReads, ramReads, written, added, drained };
}

const straight = EXAMPLES.map((make) => make()).filter(({ name }) => !name.startsWith('loop'));

describe('what the audit says a program touches', () => {
  test.each(straight)('$name: is what the executor counted', ({ program, inputs }) => {
    const { romReads, ramReads, written }: Execution = execute(program, inputs);
    const touched = touchedBy(program);
    expect(touched.romReads).toEqual(romReads);
    expect(touched.ramReads).toEqual(ramReads);
    expect(touched.written).toEqual(written);
  });

  test.each(straight)('$name: is what the chips ask for', (example) => {
    const run = honestRun(example);
    const touched = touchedBy(example.program);
    const both = run.instances.flatMap(({ chip, rows: list }) => list.map((row) => ({ chip, row })));
    const named = (name: 'k'): Set<number> => new Set(both.flatMap(({ chip, row }) => (chip === 'mac' && row.last ? [row[name]!] : [])));
    expect(named('k')).toEqual(touched.added);
    expect(new Set(rows(run, 'store').map(({ k }) => k))).toEqual(touched.drained);
    const wa = rows(run, 'store').flatMap(({ en, ld, wa }) => (en && !ld ? [wa! - RAM_BASE] : []));
    for (const word of wa) expect(touched.written[word]).toBe(1);
    expect(rows(run, 'ram').map(({ used }) => used)).toEqual([...touched.written]);
    expect(rows(run, 'ram').map(({ mult }) => mult)).toEqual([...touched.ramReads]);
    expect(
      rows(run, 'rom')
        .map(({ mult }) => mult)
        .slice(0, touched.romReads.length),
    ).toEqual([...touched.romReads]);
  });
});
