// Hashes of metadata, loaders, encoders and a verifier that lack one thing each: what a forger of test/attacks/meaning.test.ts and told.test.ts has to
// break, or his attacks would be worth nothing. Source: vm/statement/record.ts and vm/program/encoding.ts without it. Caveat: they were never in a release, but for
// `strictnessOnly`, under which the exact ranges of a saturating program were nobody's.
import { hashBytes } from '../../fri/core/blake2s.ts';
import { digestToHex } from '../../fri/core/digest.ts';
import type { Execution } from '../../vm/executor/run.ts';
import { requireExact, saturation } from '../../vm/executor/saturation.ts';
import { checkEncodings, encoderOf } from '../../vm/program/encoding.ts';
import { tableKind } from '../../vm/program/exact.ts';
import type { Encoding, Metadata, Region, Slot } from '../../vm/program/types.ts';
import { exactnessOf, metadataHash } from '../../vm/statement/record.ts';
import { verifyProof } from '../../vm/verify.ts';

/** All that the metadata hash is to tell apart. */
export interface Meaning {
  metadata: Metadata;
  inputs: readonly Region[];
  outputs: readonly Region[];
  slots: readonly Pick<Slot, 'intervals' | 'exact'>[];
}

export type MeaningHash = (meaning: Meaning) => string;

export const todaysHash: MeaningHash = ({ metadata, inputs, outputs, slots }) =>
  digestToHex(metadataHash(metadata, inputs, outputs, exactnessOf(slots)));

const scaled = (regions: readonly Region[]): unknown[] => regions.map(({ name, scale }) => [name, scale]);

/** slots that are as strict as these, and say nothing more */
const onlyStrict = (slots: Meaning['slots']): Meaning['slots'] =>
  tableKind({ slots }) === 'strict' ? slots : slots.map(({ intervals }) => ({ intervals }));

/** the hash of a meaning whose rules are told in another way */
const withRules =
  (told: (rule: Encoding) => Encoding): MeaningHash =>
  ({ metadata, ...rest }) =>
    todaysHash({ ...rest, metadata: { ...metadata, ...(metadata.encodings && { encodings: metadata.encodings.map(told) }) } });

const sixDigits = (x: number): number => Number(x.toPrecision(6));

/** what is wrong with it → the hash */
export const BAD_HASHES: Readonly<Record<string, MeaningHash>> = {
  'leaves the encodings out': ({ metadata: { encodings: _, ...metadata }, ...rest }) => todaysHash({ metadata, ...rest }),
  'leaves the integers out': ({ metadata: { integers: _, ...metadata }, ...rest }) => todaysHash({ metadata, ...rest }),
  'leaves out where tables are exact': (meaning) => todaysHash({ ...meaning, slots: [] }),
  'strictnessOnly: has a word for strict programs alone': (meaning) => todaysHash({ ...meaning, slots: onlyStrict(meaning.slots) }),
  'writes scales and thresholds with six digits': withRules((rule) =>
    'scales' in rule
      ? { ...rule, scales: rule.scales.map(sixDigits) }
      : { ...rule, thresholds: rule.thresholds.map((list) => list.map(sixDigits)) },
  ),
  'appends thresholds without their division into lists': withRules((rule) =>
    'scales' in rule ? rule : { ...rule, thresholds: [rule.thresholds.flat()] },
  ),
  'does not say on which side a rule is': withRules((rule) => ({ ...rule, of: 'input' })),
  'appends labels, integers and the word strict to one list': ({
    metadata: { name, labels, integers = [], encodings = [] },
    inputs,
    outputs,
    slots,
  }) => {
    const list = [
      ...labels,
      ...integers,
      ...(tableKind({ slots }) === 'strict' ? ['strict'] : []),
      ...slots.map(({ exact }) => `${exact ?? ''}`),
    ];
    return joined([name, list, scaled(inputs), scaled(outputs), encodings]);
  },
  'joins texts without their lengths or quotes': ({
    metadata: { name, labels, integers = [], encodings = [] },
    inputs,
    outputs,
    slots,
  }) => {
    const kinds = slots.map(({ exact }) => (exact ? [...exact].join() : 'unknown')).join();
    return joined([`${name},${labels.join()};${integers.join()};${kinds}`, scaled(inputs), scaled(outputs), encodings]);
  },
};

const joined = (value: unknown): string => hashBytes(0, new TextEncoder().encode(JSON.stringify(value))).join();

type Check = typeof checkEncodings;

/** a loader that does not ask whether thresholds ascend: it sorts them before it looks */
export const unordered: Check = ({ encodings, ...rest }, regions) =>
  checkEncodings(
    {
      ...rest,
      ...(encodings && {
        encodings: encodings.map((rule) =>
          'scales' in rule ? rule : { ...rule, thresholds: rule.thresholds.map((list) => [...new Set(list)].sort((a, b) => a - b)) },
        ),
      }),
    },
    regions,
  );

/** a loader that takes every input for one of integers */
export const anyIntegers: Check = ({ integers: _, ...rest }, regions) => checkEncodings(rest, regions);

/** an encoder that cuts off instead of rounding */
export const cutting = (region: Pick<Region, 'shape' | 'scale'>, rule: Encoding | undefined): ReturnType<typeof encoderOf> => {
  if (rule && 'thresholds' in rule) return encoderOf(region, rule);
  const unit = { ...region, scale: region.scale / 2 ** 20 };
  return (real, element) => Math.trunc(encoderOf(unit, rule)(real, element) / 2 ** 20);
};

/** a verifier that holds integers against the ranges of regions and nothing else, as a contract does */
export const regionsOnly: typeof verifyProof = (model, ...rest) => {
  const { program } = model;
  const { encodings: _, ...metadata } = program.metadata;
  return verifyProof({ ...model, program: { ...program, metadata } }, ...rest);
};

/** an encoder in which what is below no threshold and above none is below all */
export const nothingFirst: typeof encoderOf = (region, rule) => (real, element) =>
  Number.isNaN(real) ? 0 : encoderOf(region, rule)(real, element);

/** a --strict that looks at the values that were counted, and not at whether any could be */
export const countedOnly = (run: Execution): void => requireExact(saturation(run));
