// The lemmas of docs/SOUNDNESS.md hold for the machine, and fail for one that was known to be bad and for constraints that are missing.
// `npm run prove:air -- --mutants` tries every constraint and every register; here some of each chip. Caveat: a lemma that always passed
// would be found by the mutants alone.
// Slow: all cases of all chips, for several mutants.
import { describe, expect, test } from 'vitest';
import { MACHINE } from '../../vm/chips/machine.ts';
import { BAD_MAC } from '../attacks/known-bad.ts';
import { LEMMAS, proveChip } from './index.ts';
import { changedRegisters, deletions } from './mutants.ts';

const PATIENCE_MS = 300_000;

describe('lemmas', { timeout: PATIENCE_MS }, () => {
  test('every chip has lemmas', () => {
    expect(Object.keys(LEMMAS)).toEqual(MACHINE.components.map(({ name }) => name));
  });

  test.each(MACHINE.components.map((c) => [c.name, c] as const))('%s: all are proved', (_, component) => {
    expect(
      proveChip(component).flatMap(({ lemma, counterexample }) =>
        counterexample === undefined ? [] : [`${lemma.name}: ${counterexample}`],
      ),
    ).toEqual([]);
  });

  test('the mac of protocol version 1 is refused, with the rows that show it', () => {
    const failing = proveChip(BAD_MAC).filter(({ counterexample }) => counterexample !== undefined);
    expect(failing.map(({ lemma }) => lemma.name)).toEqual(['hold']);
    expect(failing[0]!.counterexample).toMatch(/carry of hold.*\n.*row before.*\n.*row: +H last/);
  });

  test.each([
    ['mac', 'taps end'],
    ['mac', 'bool en'],
    ['mac', 'carry ra'],
    ['store', 'write address'],
    ['store', 'masked y3'],
    ['store', 'odd follows even'],
    ['cpu', 'halt is last'],
    ['cpu', 'not taken is zero'],
    ['ram', 'read needs write'],
  ])('%s without "%s" fails a lemma', (chip, label) => {
    const mutant = deletions(MACHINE.components.find(({ name }) => name === chip)!).find((m) => m.label === label)!;
    expect(proveChip(mutant.component, 'first failure').at(-1)!.counterexample).toBeDefined();
  });

  test('a changed weight of a lane fails a lemma', () => {
    const store = MACHINE.components.find(({ name }) => name === 'store')!;
    const list = changedRegisters(store).filter(({ name }) => name.includes('column'));
    expect(list.length).toBeGreaterThan(30);
    expect(proveChip(list[7]!.component, 'first failure').at(-1)!.counterexample).toBeDefined();
  });
});
