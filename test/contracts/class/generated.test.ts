// The generated Cairo files are those that the chips give now.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { component } from '../../../air/component.ts';
import { airCairo } from '../../../contracts/class/emitter.ts';
import { generatedFiles } from '../../../contracts/class/generate.ts';
import { MACHINE } from '../../../vm/chips/machine.ts';

describe('generated Cairo', () => {
  const files = Object.entries(generatedFiles());

  test.each(files)('%s is what the machine gives; if not: npm run gen', (file, text) => {
    expect(fs.readFileSync(path.join(import.meta.dirname, '../../../contracts', file), 'utf8')).toBe(text);
  });

  test('another constraint gives another text', () => {
    const forged = MACHINE.components.map((c) =>
      c.name === 'ram' ? { ...c, constraints: c.constraints.map((x, i) => (i === 0 ? { ...x, node: c.constraints[1]!.node } : x)) } : c,
    );
    expect(airCairo(forged)).not.toBe(airCairo(MACHINE.components));
  });

  test('a value that would leave the range of reduce is reduced before; a power that the contract does not make stops the emitter', () => {
    // sums of 2^96 times a column: without a reduction the next product would leave 2^125
    const steep = component('steep', (c) => {
      const { a, mult } = c.columns('a', 'mult');
      let sum = a;
      for (let i = 0; i < 96; i++) sum = sum.add(sum);
      c.zero('steep', sum.mul(a));
      c.yield({ name: 'one', id: 1 }, mult, [a]);
    });
    const text = airCairo([steep]);
    expect(text).toContain('red(');
    const unknown = component('unknown', (c) => {
      const { a, mult } = c.columns('a', 'mult');
      c.zero('power', a.mul(c.challenge('z', 5)));
      c.yield({ name: 'one', id: 1 }, mult, [a]);
    });
    expect(() => airCairo([unknown])).toThrow('no constant z^5');
  });
});
