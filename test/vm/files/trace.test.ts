// Trace files: read back as written, changed cells included, and damaged ones are another canonical trace or a typed error.
// Slow: traces are decoded and filled again.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { execute } from '../../../vm/executor/run.ts';
import { decodeTrace, encodeTrace, traceOf, unfilledTrace } from '../../../vm/files/trace.ts';
import { encodeProgram } from '../../../vm/files/zkb.ts';
import { code } from '../../failure.ts';
import { times } from '../../times.ts';
import { fullyConnected, loop } from '../programs.ts';

const traced = (make: typeof loop, context = new Uint8Array([1, 2, 3])) => {
  const { program, inputs } = make();
  return traceOf(encodeProgram(program), execute(program, inputs), context);
};
const verdict = (bytes: Uint8Array): string => code(() => decodeTrace(bytes));

describe('trace files', () => {
  test('decode to the trace that was encoded, columns and context included', () => {
    for (const make of [loop, fullyConnected]) {
      const trace = traced(make);
      const bytes = encodeTrace(trace);
      expect(decodeTrace(bytes)).toEqual(trace);
      expect(encodeTrace(decodeTrace(bytes))).toEqual(bytes);
    }
  });

  test('are the same where columns are filled as they are written', () => {
    const { program, inputs } = loop();
    const [zkb, run] = [encodeProgram(program), execute(program, inputs)];
    const unfilled = unfilledTrace(zkb, run, new Uint8Array([1, 2, 3]));
    expect(encodeTrace(unfilled)).toEqual(encodeTrace(traced(loop)));
    // filled anew each time: what is written into them is nobody's
    unfilled.instances[1]!.columns[3]![1] = 77;
    expect(encodeTrace(unfilled)).toEqual(encodeTrace(traced(loop)));
  });

  test('keep a changed cell, so that the check can judge it', () => {
    const trace = traced(loop);
    trace.instances[1]!.columns[3]![1] = 77;
    expect(decodeTrace(encodeTrace(trace)).instances[1]!.columns[3]![1]).toBe(77);
  });

  const bytes = encodeTrace(traced(loop));
  test.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(0), 'ZK0301'],
    ['a .zkb', traced(loop).zkb, 'ZK0301'],
    ['another version', Uint8Array.from(bytes, (byte, i) => (i === 4 ? 9 : byte)), 'ZK0302'],
    ['a missing end', bytes.slice(0, -1), 'ZK0303'],
    ['a stray end', Uint8Array.from([...bytes, 0]), 'ZK0303'],
  ])('refuses %s', (_, hostile, code) => expect(verdict(hostile)).toBe(code));

  test('refuses an output outside its region', () => {
    const trace = traced(loop);
    expect(() => encodeTrace({ ...trace, outputs: { y0: new Int32Array(3) } })).toThrow(/ZK0320/);
    expect(() => encodeTrace({ ...trace, context: new Uint8Array(2 ** 20 + 1) })).toThrow(/ZK0311/);
  });

  test('mutated files decode to another canonical trace or fail with a typed error', () => {
    // the second half is mostly columns; counts and headers stand everywhere
    const mutation = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255), cut: fc.option(fc.nat(bytes.length), { freq: 3 }) });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        let hostile = bytes.slice();
        for (const { at, value, cut } of mutations) {
          if (at < hostile.length) hostile[at] = value;
          if (cut !== null) hostile = hostile.slice(0, cut);
        }
        expect(verdict(hostile)).toMatch(/^(accepted|ZK03\d\d)$/);
      }),
      { numRuns: times(200) },
    );
    for (let at = 0; at < 200; at++) {
      const instances = bytes.length - 20_000; // the header of the instances and of the first columns lies near here
      for (const place of [at, instances + at]) {
        const copy = bytes.slice();
        copy[place] = 255;
        expect(verdict(copy)).toMatch(/^(accepted|ZK03\d\d)$/);
      }
    }
  });
});
