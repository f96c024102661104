// A maker and a prover whose statement would be told wrongly: integers that no real number has, metadata of hostile JSON, a file of the same id with
// other texts, a program that says nothing of its tables. Each attack is tried on today's code, which it must not break, and on one that lacks the
// check (known-bad-meaning.ts), which it must break. Caveat: what a contract is told are integers; contracts/README.md says what it cannot see.
import fs from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputLines } from '../../cli/io/outputs.ts';
import { verifyCall } from '../../contracts/client/calldata.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { planInstances } from '../../vm/chips/split.ts';
import { execute } from '../../vm/executor/run.ts';
import { requireSaid } from '../../vm/executor/saturation.ts';
import { encodeProofFile } from '../../vm/files/proof.ts';
import { decodeTrace, encodeTrace, traceOf } from '../../vm/files/trace.ts';
import { decodeZkb, encodeProgram } from '../../vm/files/zkb.ts';
import { toIntegers, toReals } from '../../vm/library/integers.ts';
import { predictions, realTensors } from '../../vm/library/outputs.ts';
import { encoderOf, encodingOf } from '../../vm/program/encoding.ts';
import { checkProgram } from '../../vm/program/loader.ts';
import type { Encoding, IntegerTensors, Metadata, Program } from '../../vm/program/types.ts';
import { proveExecution } from '../../vm/prove.ts';
import { loadModel, prepareModel } from '../../vm/statement/model.ts';
import { verifyProof } from '../../vm/verify.ts';
import { smallModel, temporaryFolder, zkvm } from '../cli/capture.ts';
import { code } from '../failure.ts';
import { times } from '../times.ts';
import { twice } from '../vm/programs.ts';
import { countedOnly, nothingFirst, regionsOnly } from './known-bad-meaning.ts';

const backend = jsBackend();
const profile = PROFILES.test;
const ELEMENTS = 16;

/** element 0 meets one threshold, the others five */
const buckets: Encoding = {
  of: 'input',
  name: 'x0',
  axis: 1,
  thresholds: Array.from({ length: ELEMENTS }, (_, i) => (i === 0 ? [1] : [1, 2, 3, 4, 5])),
};
const steps: Encoding = { of: 'output', name: 'y0', axis: 1, scales: Array.from({ length: ELEMENTS }, (_, i) => 2 ** -i) };

/** twice the integers of an input */
function doubling(metadata: Partial<Metadata>, scale = 1): Program {
  const { program } = twice();
  return {
    ...program,
    inputs: program.inputs.map((region) => ({ ...region, lo: 0, hi: 5, scale })),
    metadata: { ...program.metadata, ...metadata },
  };
}
const ruled = doubling({ encodings: [buckets, steps] });
const silent = doubling({});
const integersOf = (first: number): IntegerTensors => ({ x0: Int32Array.from({ length: ELEMENTS }, (_, i) => (i === 0 ? first : 5)) });

describe('integers that no real number has', () => {
  /** a proof for the model with rules by a prover who left the rules out of his executor */
  async function forged(first: number) {
    const model = await prepareModel(ruled, profile, backend);
    const { bytes } = await proveExecution(model, execute(silent, integersOf(first)));
    return { model, bytes };
  }
  /** whether the real numbers that are told of a tensor have other integers than those that are proved */
  const toldWrong = (inputs: IntegerTensors): boolean => {
    const region = ruled.inputs[0]!;
    const told = realTensors(ruled, 'input', inputs).x0!.data;
    return toIntegers(region, Float64Array.from(told), 'input', ruled.metadata).some((integer, i) => integer !== inputs.x0![i]);
  };

  test('the verifier refuses a bucket above the thresholds of its element; one that looks at regions alone takes it and tells another number', async () => {
    const { model, bytes } = await forged(3);
    expect(code(() => verifyProof(model, bytes, [profile]))).toBe('ZK0322');
    const { inputs } = regionsOnly(model, bytes, [profile]);
    expect([inputs.x0![0], toldWrong(inputs)]).toEqual([3, true]);
  });

  test('the same proof about buckets that numbers have is accepted, and told as it is', async () => {
    const { model, bytes } = await forged(1);
    expect(toldWrong(verifyProof(model, bytes, [profile]).inputs)).toBe(false);
  });

  test('executor and trace refuse it too', () => {
    const run = execute(silent, integersOf(3));
    const trace = encodeTrace({ ...traceOf(encodeProgram(ruled), run), program: ruled });
    expect([code(() => execute(ruled, integersOf(3))), code(() => decodeTrace(trace))]).toEqual(['ZK0322', 'ZK0322']);
    const fair = encodeTrace(traceOf(encodeProgram(ruled), execute(ruled, integersOf(1))));
    expect(code(() => decodeTrace(fair))).toBe('accepted');
  });

  test('no number has no bucket; an encoder that asks whether it reaches a threshold puts it into the first', () => {
    const region = ruled.inputs[0]!;
    expect(code(() => toIntegers(region, new Float64Array(ELEMENTS).fill(Number.NaN), 'input', ruled.metadata))).toBe('ZK0811');
    expect([encoderOf(region, buckets)(Number.NaN, 0), nothingFirst(region, buckets)(Number.NaN, 0)]).toEqual([Number.NaN, 0]);
  });
});

describe('metadata of hostile JSON', () => {
  const HOSTILE: unknown[] = [
    ...[null, true, -1, -0, 0, 0.5, 1, 3, 16, 1e-320, 1e308, -1e308, 2 ** 31, 2 ** 53, '', 'x0', 'y0', 'input', 'output', '__proto__'],
    ...[[], [[]], {}, { toString: 1 }, [1, 1], [-1e308, 1e308], new Array(ELEMENTS).fill(1e305), new Array(ELEMENTS).fill([2, 1])],
  ];
  const models = [ruled, doubling({ labels: ['cat', 'dog'], integers: ['x0'] }), doubling({ encodings: [steps], labels: [] }, 0.5)];

  /** the JSON with one value replaced, and perhaps a neighbour of it doubled, added or taken away */
  function changed(value: unknown, place: number, hostile: unknown, how: number): unknown {
    let left = place;
    let hit = false;
    const visit = (one: unknown): unknown => {
      if (left-- === 0) {
        hit = true;
        return hostile;
      }
      if (typeof one !== 'object' || one === null) return one;
      const items = Object.entries(one).map(([key, item]): [string, unknown] => [key, visit(item)]);
      const around = hit ? how : 0;
      hit = false;
      if (Array.isArray(one)) return (around === 1 ? items.slice(1) : around === 2 ? [...items, ...items] : items).map(([, item]) => item);
      const more: [string, unknown][] = [
        ['scales', hostile],
        ['integers', ['x0']],
      ];
      return Object.fromEntries(around === 1 ? items.slice(1) : around === 2 ? [...items, ...more] : items);
    };
    return visit(value);
  }
  const placesIn = (value: unknown): number =>
    1 + (typeof value === 'object' && value ? Object.values(value).reduce((sum: number, item) => sum + placesIn(item), 0) : 0);

  const METADATA_SECTION = 6;
  /** the file with other bytes as its metadata */
  function withMetadata(file: Uint8Array, bytes: Uint8Array): Uint8Array {
    const view = new DataView(file.buffer, file.byteOffset);
    let at = 8;
    while (view.getUint32(at, true) !== METADATA_SECTION) at += 8 + view.getUint32(at + 4, true);
    const end = at + 8 + view.getUint32(at + 4, true);
    const length = Uint8Array.from([0, 8, 16, 24].map((shift) => bytes.length >>> shift));
    return Uint8Array.from([...file.subarray(0, at + 4), ...length, ...bytes, ...file.subarray(end)]);
  }

  /** what is told wrongly of a program; undefined if nothing */
  function complaint(program: Program): string | undefined {
    for (const [kind, regions] of [
      ['input', program.inputs],
      ['output', program.outputs],
    ] as const)
      for (const region of regions) {
        const rule = encodingOf(program.metadata, kind, region.name);
        for (const integer of [region.lo, region.hi]) {
          const reals = toReals(region, new Int32Array(ELEMENTS).fill(integer), kind, program.metadata);
          if (!reals.every(Number.isFinite)) return 'a real number that is none';
          const again = reals.map((real, e) => encoderOf(region, rule)(real, e));
          // a bucket that an element does not have is told as its last one
          const most = (e: number): number => (rule && 'thresholds' in rule ? rule.thresholds[e]!.length : integer);
          if (again.some((back, e) => back !== Math.min(integer, most(e)))) return 'a real number with another integer';
        }
        if (kind === 'output') continue;
        if (program.metadata.integers?.includes(region.name))
          for (const whole of [0, 1, 2, 3]) if (encoderOf(region, rule)(whole, 0) !== whole) return 'a whole number with another integer';
      }
    const tensors = { y0: new Int32Array(ELEMENTS).fill(1) };
    const lines = outputLines(program, tensors).join();
    return /NaN|Infinity|undefined/.test(lines) || predictions(program, tensors)?.includes(undefined as never) ? lines : undefined;
  }

  const random = (runs: number, look: (model: Program, metadata: unknown) => void): void =>
    fc.assert(
      fc.property(fc.constantFrom(...models), fc.nat(), fc.constantFrom(...HOSTILE), fc.nat(2), (model, place, hostile, how) => {
        const { metadata } = model;
        look(model, changed(metadata, place % placesIn(metadata), hostile, how));
      }),
      { numRuns: times(runs) },
    );
  const encoded = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

  test('it is refused with a code of the file or of the rules, or told as it is meant', () => {
    const outcomes = new Set<string>();
    random(1500, (model, metadata) => {
      const file = withMetadata(encodeProgram(model), encoded(metadata));
      const outcome = code(() => {
        expect(complaint(decodeZkb(file).program)).toBeUndefined();
      });
      outcomes.add(outcome);
      expect(outcome).toMatch(/^(accepted|ZK030[78]|ZK0343)$/);
    });
    expect([...outcomes].sort()).toEqual(['ZK0307', 'ZK0308', 'ZK0343', 'accepted']);
  });

  test('a loader that does not look at the rules takes some that are told wrongly', () => {
    const found = new Set<string>();
    random(1500, (model, metadata) => {
      try {
        const program = { ...model, metadata: metadata as Metadata };
        found.add(complaint(program) ?? 'nothing');
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // a form that is no metadata at all
      }
    });
    expect([...found]).toEqual(
      expect.arrayContaining(['a real number that is none', 'a real number with another integer', 'a whole number with another integer']),
    );
  });

  test('bytes that are no JSON, deep brackets and long numbers are refused soon', () => {
    const file = encodeProgram(ruled);
    const texts = [
      '',
      '{',
      '['.repeat(2 ** 20),
      `{"a":${'['.repeat(2 ** 19)}`,
      '9'.repeat(2 ** 20),
      '{"name":"x","labels":[]}{',
      '\ufeff{}',
    ];
    for (const text of texts) expect(code(() => decodeZkb(withMetadata(file, new TextEncoder().encode(text))))).toMatch(/^ZK030[78]$/);
    const { metadata } = decodeZkb(withMetadata(file, encoded(ruled.metadata))).program;
    expect(metadata).toEqual(ruled.metadata);
  });
});

describe('what no id covers', () => {
  const folder = temporaryFolder();
  const { at, write } = folder;
  const { program, zkb, input } = smallModel(['cat', 'dog']);
  beforeAll(async () => {
    write('m.zkb', zkb);
    write('x.json', input);
    await zkvm('run', at('m.zkb'), '-i', at('x.json'), '-o', at('t'));
    expect((await zkvm('prove', at('t'), '-o', at('p'), '--profile', 'test')).code).toBe(0);
  });
  afterAll(folder.remove);
  const verified = async (name: string) => {
    const { code, json } = await zkvm('verify', at('p'), '--model', at(name), '--profile', 'test', '--json');
    return { code, told: { ...json, timings: 0 } };
  };

  test('a file with other nodes, names of slots and a report of nonsense is told alike; one with another label is refused', async () => {
    const slots = program.slots.map((slot) => ({ ...slot, name: 'accepted: model "bank"' }));
    const sourceMap = [{ from: 0, to: 1, node: 'label "dog"' }];
    write('twin.zkb', encodeProgram({ ...program, slots, sourceMap }, new TextEncoder().encode('{"accuracy":0}')));
    expect(fs.readFileSync(at('twin.zkb'))).not.toEqual(fs.readFileSync(at('m.zkb')));
    const honest = await verified('m.zkb');
    expect(honest.code).toBe(0);
    expect(await verified('twin.zkb')).toEqual(honest);
    write('other.zkb', encodeProgram({ ...program, metadata: { ...program.metadata, labels: ['dog', 'cat'] } }));
    expect(await verified('other.zkb')).toMatchObject({ code: 3, told: { error: { code: 'ZK0356' } } });
  });

  test('a program that says nothing of its tables: run warns, --strict refuses; a --strict that counts values lets it pass', async () => {
    const plain = await zkvm('run', at('m.zkb'), '-i', at('x.json'), '--json');
    expect(plain).toMatchObject({ code: 0, json: { tables: 'unknown', saturated: [] } });
    expect(plain.err).toMatch(/^warning: nothing is known of values that leave the tables/);
    for (const command of [
      ['run', at('m.zkb'), '-i', at('x.json')],
      ['prove', at('t'), '-o', at('never'), '--profile', 'test'],
    ])
      expect(await zkvm(...command, '--strict', '--json')).toMatchObject({ code: 4, json: { error: { code: 'ZK0423' } } });
    expect(code(() => countedOnly(execute(silent, integersOf(3))))).toBe('accepted');
    expect(code(() => requireSaid(checkProgram(silent).program))).toBe('ZK0423');
    const said = silent.slots.map((slot) => ({ ...slot, exact: Int32Array.of(-32, 32) }));
    expect(code(() => requireSaid({ slots: said }))).toBe('accepted');
  });
});

describe('what a caller expects of a proof for the chain', () => {
  test('another input, output or context is refused before there are calldata', async () => {
    const model = await loadModel(silent, PROFILES.chain, backend);
    const context = new Uint8Array(128);
    const run = execute(silent, integersOf(3));
    const { inputs, outputs } = run;
    // a statement without a proof: what is expected is compared first
    const file = {
      profileId: PROFILES.chain.id,
      modelId: model.id,
      shards: [planInstances(run, PROFILES.chain)],
      parts: [],
      inputs: Object.values(inputs),
      outputs: Object.values(outputs),
      context,
      words: new Uint32Array(0),
    };
    const refusedWith = (...expected: Parameters<typeof verifyCall>[2][]) =>
      code(() => verifyCall(model, encodeProofFile(file), ...expected));
    const unproved = refusedWith();
    expect(unproved).toBe('ZK0104');
    expect(refusedWith({ inputs, outputs, context })).toBe(unproved);
    expect(refusedWith({ inputs: integersOf(4) })).toBe('ZK0353');
    expect(refusedWith({ outputs: { y0: new Int32Array(ELEMENTS) } })).toBe('ZK0353');
    expect(refusedWith({ context: new Uint8Array(128).fill(1) })).toBe('ZK0357');
  });
});
