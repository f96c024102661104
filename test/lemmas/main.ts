// `npm run prove:air`: proves every lemma of every chip and prints what was proved and how; then shows that the machine of protocol version 1
// does not pass. With `--mutants` it weakens each stated constraint and each place of a register's rule and asks that some lemma fails.
// Source: docs/SOUNDNESS.md. Caveat: exit 1 means a lemma is wrong for these constraints, which may be the lemma's fault or the chip's.

import { spawn } from 'node:child_process';
import type { Component } from '../../air/recorded.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import { BAD_MAC } from '../attacks/known-bad.ts';
import { IMPLIED } from './implied.ts';
import { casesOfChip, impliesOriginal, LEMMAS, proveChip } from './index.ts';
import { changedConstraints, changedRegisters, deletions, type Mutant } from './mutants.ts';

const PROCESSES = 2;
const args = process.argv.slice(2);
const part = args.find((arg) => arg.startsWith('--part='))?.slice('--part='.length);
const columns = (cells: readonly (string | number)[], widths: readonly number[]): string =>
  cells
    .map((cell, i) => String(cell).padEnd(widths[i] ?? 0))
    .join(' ')
    .trimEnd();

/** @returns lemmas that fail */
function prove(): number {
  const widths = [6, 24, 12, 9];
  let failed = 0;
  let proved = 0;
  const started = performance.now();
  console.log(columns(['chip', 'lemma', 'method', 'ms', 'verdict'], widths));
  for (const component of MACHINE.components)
    for (const { lemma, ms, counterexample } of proveChip(component)) {
      console.log(
        columns([component.name, lemma.name, lemma.method, ms.toFixed(0), counterexample === undefined ? 'proved' : 'FAILS'], widths),
      );
      if (counterexample === undefined) proved++;
      else {
        failed++;
        console.log(`    ${counterexample}`);
      }
    }
  console.log(`${proved} lemmas proved, ${failed} not, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const bad = proveChip(BAD_MAC, 'first failure').find((verdict) => verdict.counterexample !== undefined);
  console.log(
    `mac of protocol version 1: ${bad ? `"${bad.lemma.name}" fails, as it must\n    ${bad.counterexample}` : 'PASSES, and must not'}`,
  );
  return failed + (bad ? 0 : 1);
}

interface Job {
  chip: string;
  mutant: Mutant;
  /** the stated constraints are the chip's own */
  sameCases: boolean;
}

const jobs = (): Job[] =>
  MACHINE.components.flatMap((component) =>
    [
      ...deletions(component).map((mutant) => ({ mutant, sameCases: false })),
      ...changedConstraints(component, 1).map((mutant) => ({ mutant, sameCases: false })),
      ...changedRegisters(component).map((mutant) => ({ mutant, sameCases: true })),
    ].map((job) => ({ chip: component.name, ...job })),
  );

const componentNamed = (chip: string): Component => MACHINE.components.find(({ name }) => name === chip)!;

/**
 * Judges every n-th mutant; a line each that survives, and counts. A constraint that was changed and from which the original still follows in
 * every case (x in place of x² - x) is no weakening.
 */
function judge(index: number, of: number): void {
  let killed = 0;
  let stronger = 0;
  for (const [i, { chip, mutant, sameCases }] of jobs().entries()) {
    if (i % of !== index) continue;
    const cases = sameCases ? casesOnce(chip) : undefined;
    const verdict = proveChip(mutant.component, 'first failure', cases).find(({ counterexample }) => counterexample !== undefined);
    if (verdict) killed++;
    else if (!sameCases && impliesOriginal(componentNamed(chip), mutant.label, mutant.component)) stronger++;
    else console.log(`survives ${chip} ${mutant.name}`);
  }
  console.log(`killed ${killed}`);
  console.log(`stronger ${stronger}`);
}

const known = new Map<string, ReturnType<typeof casesOfChip>>();
function casesOnce(chip: string): ReturnType<typeof casesOfChip> {
  const cases = known.get(chip) ?? casesOfChip(componentNamed(chip));
  known.set(chip, cases);
  return cases;
}

/** all mutants, in some processes. @returns those that nobody accounts for */
async function mutants(): Promise<number> {
  const started = performance.now();
  const outputs = await Promise.all(
    Array.from({ length: PROCESSES }, (_, i) => {
      const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, `--part=${i}/${PROCESSES}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      return new Promise<string>((resolve, reject) =>
        child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`a process ended with ${code}`)))),
      );
    }),
  );
  const lines = outputs.flatMap((text) => text.split('\n').filter(Boolean));
  const survivors = lines.filter((line) => line.startsWith('survives ')).map((line) => line.slice('survives '.length));
  const count = (what: string): number =>
    lines.filter((line) => line.startsWith(`${what} `)).reduce((sum, line) => sum + Number(line.slice(what.length + 1)), 0);
  const [killed, stronger] = [count('killed'), count('stronger')];
  const unknown = survivors.filter((name) => !Object.hasOwn(IMPLIED, name));
  const gone = Object.keys(IMPLIED).filter((name) => !survivors.includes(name));
  console.log(
    `${killed + stronger + survivors.length} mutants of ${Object.keys(LEMMAS).length} chips, ${killed} killed by a lemma, ${stronger} no weakening (the original follows), ${survivors.length} survive, ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
  for (const name of survivors)
    console.log(`  ${Object.hasOwn(IMPLIED, name) ? 'implied' : 'UNEXPECTED'}: ${name}${IMPLIED[name] ? ` (${IMPLIED[name]})` : ''}`);
  for (const name of gone) console.log(`  on the list and killed, or no mutant: ${name}`);
  return unknown.length + gone.length;
}

if (part) {
  const [index, of] = part.split('/').map(Number) as [number, number];
  judge(index, of);
} else {
  const failed = prove() + (args.includes('--mutants') ? await mutants() : 0);
  process.exitCode = failed > 0 ? 1 : 0;
}
