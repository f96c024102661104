// The generated Cairo files: the evaluator of the constraints and the constants that profile, machine and commitment layer fix.
// Written by `npm run gen` (bench/gen.ts); a test fails when a file differs. Caveat: the class serves one profile and one AIR by design.
import { interactionColumns } from '../../air/component.ts';
import { airHash, type MachineDefinition, PROTOCOL_VERSION } from '../../air/machine.ts';
import { PURPOSE } from '../../fri/core/blake2s.ts';
import { TAG } from '../../fri/core/channel.ts';
import { pointAt } from '../../fri/core/circle.ts';
import { bug } from '../../fri/core/errors.ts';
import { FOLD_LOG, LAST_LOG, PROFILES, profileWords } from '../../fri/pcs/profile.ts';
import { requireSecurity } from '../../fri/pcs/security.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { dispatch, read, write } from '../../vm/chips/relations.ts';
import { ISA, P, RAM_BASE } from '../../vm/program/isa.ts';
import { securityOf } from '../../vm/statement/instances.ts';
import { recordWords } from '../../vm/statement/record.ts';
import { airCairo, constantTable } from './emitter.ts';
import {
  CONTEXT_HEADER,
  MAX_CHAIN_ELEMENTS,
  MAX_CHAIN_LOG_SIZE,
  MAX_CHAIN_RANK,
  MAX_CHAIN_REGIONS,
  MAX_CONTEXT,
  MIN_CHAIN_LOG_SIZE,
} from './limits.ts';

const PROFILE = PROFILES.chain;

/** words of all public tensors that the limits on regions leave, and HALT */
const MAX_PUBLIC_TERMS = 2 * MAX_CHAIN_REGIONS * MAX_CHAIN_ELEMENTS + 1;

/** digests that the contract makes */
const PURPOSES = ['LEAF', 'NODE', 'CHAIN', 'DRAW', 'WORK', 'MODEL', 'STATEMENT', 'INPUTS'] as const;

/** the security of every proof that the contract can accept is at least that of the largest */
function requireLargestSecure(): void {
  const instances = MACHINE.components.map((_, type) => ({
    type,
    logSize: MAX_CHAIN_LOG_SIZE,
    base: type === TYPE.ram ? RAM_BASE : 0,
    data: false,
  }));
  requireSecurity(securityOf(PROFILE, instances, MAX_PUBLIC_TERMS), PROFILE);
}

const words8 = (words: ArrayLike<number>): string =>
  Array.from(words, (word, i) => `0x${word.toString(16)}${i === 0 ? '_u32' : ''}`).join(', ');

/** `two_point_base(kind)`: the columns of a chip's block that are opened one row back as well */
const twoPointLists = (name: string, lists: readonly (readonly number[])[]): string[] => [
  `/// columns of a chip's ${name} block that are also opened one row back`,
  `fn two_point_${name}(kind: u32) -> Span<u32> {`,
  '    match kind {',
  ...lists.map((list, type) => `        ${type === lists.length - 1 ? '_' : type} => array![${list.join(', ')}].span(),`),
  '    }',
  '}',
  '',
];

function constantsCairo(machine: MachineDefinition): string {
  requireLargestSecure();
  const { components } = machine;
  const table = constantTable(components);
  const sum = (list: readonly number[]): number => list.reduce((total, n) => total + n, 0);
  const widths = components.map((c) => [
    c.preprocessed.length,
    c.base.length,
    4 * interactionColumns(c),
    c.twoPoint.base.length,
    4 * c.twoPoint.interaction.length,
  ]);
  const total = (i: number): number => sum(widths.map((w) => w[i]!));
  const COMPOSITION = 8;
  const constraints = sum(components.map((c) => c.constraints.length));
  const version = recordWords({
    airHash: airHash(machine),
    profile: PROFILE,
    preprocessedRoot: new Uint32Array(8),
    preprocessedLogSize: 1,
    instances: [],
    inputs: [],
    outputs: [],
    metadataHash: new Uint32Array(8),
  })[0];
  if (version === undefined) throw bug('a record without a version');
  const doubles = Array.from({ length: 31 }, (_, k) => pointAt(2 ** k));
  const constants: [string, string, number][] = [
    ...PURPOSES.map((name): [string, string, number] => [`PURPOSE_${name}`, 'u32', PURPOSE[name]]),
    ...Object.entries(TAG).map(([name, tag]): [string, string, number] => [`TAG_${name}`, 'u32', tag]),
    ['PROTOCOL_VERSION', 'u32', PROTOCOL_VERSION],
    ['RECORD_VERSION', 'u32', version],
    ['PROFILE_ID', 'u32', PROFILE.id],
    ['LOG_BLOWUP', 'u32', PROFILE.logBlowup],
    ['QUERIES', 'u32', PROFILE.queries],
    ['WORK_QUERY', 'u32', PROFILE.work.query],
    ['WORK_INTERACTION', 'u32', PROFILE.work.interaction],
    ['WORK_DEEP', 'u32', PROFILE.work.deep],
    ['WORK_FOLD', 'u32', PROFILE.work.fold],
    ['FOLD_LOG', 'u32', FOLD_LOG],
    ['LAST_LOG', 'u32', LAST_LOG],
    ['MAX_LOG_SIZE', 'u32', MAX_CHAIN_LOG_SIZE],
    ['MIN_LOG_SIZE', 'u32', MIN_CHAIN_LOG_SIZE],
    ['MAX_REGIONS', 'u32', MAX_CHAIN_REGIONS],
    ['MAX_RANK', 'u32', MAX_CHAIN_RANK],
    ['MAX_ELEMENTS', 'u32', MAX_CHAIN_ELEMENTS],
    ['CONTEXT_HEADER', 'u32', CONTEXT_HEADER],
    ['MAX_CONTEXT', 'u32', MAX_CONTEXT],
    ['RAM_BASE', 'u32', RAM_BASE],
    ['TYPE_CPU', 'u32', TYPE.cpu],
    ['TYPE_MAC', 'u32', TYPE.mac],
    ['TYPE_STORE', 'u32', TYPE.store],
    ['TYPE_RAM', 'u32', TYPE.ram],
    ['TYPE_ROM', 'u32', TYPE.rom],
    ['TYPE_LUT', 'u32', TYPE.lut],
    ['TYPES', 'u32', components.length],
    ['RELATION_READ', 'felt252', read.id],
    ['RELATION_WRITE', 'felt252', write.id],
    ['RELATION_DISPATCH', 'felt252', dispatch.id],
    ['HALT_CODE', 'felt252', ISA.HLT.code],
    ['FIXED_COLUMNS', 'u32', total(0)],
    ['BASE_COLUMNS', 'u32', total(1)],
    ['INTERACTION_COLUMNS', 'u32', total(2)],
    ['COMPOSITION_COLUMNS', 'u32', COMPOSITION],
    ['COLUMNS', 'u32', total(0) + total(1) + total(2) + COMPOSITION],
    ['TWO_BASE_COLUMNS', 'u32', total(3)],
    ['TWO_INTERACTION_COLUMNS', 'u32', total(4)],
    ['SAMPLES', 'u32', total(0) + total(1) + total(2) + COMPOSITION + total(3) + total(4)],
    ['MAX_ALPHA', 'u32', table.maxAlpha],
    ['MAX_BETA', 'u32', table.maxBeta],
    ['MAX_GAMMA', 'u32', table.maxGamma],
  ];
  return [
    '// Generated by contracts/class/generate.ts (npm run gen): do not edit. Profile, AIR and column layout are constants of the class.',
    ...constants.map(([name, type, value]) => `const ${name}: ${type} = ${value};`),
    '',
    `/// hash of every column, label, mask, fraction and node of the AIR; ${constraints} constraints`,
    '#[inline(never)]',
    'fn air_hash() -> Box<[u32; 8]> {',
    `    BoxTrait::new([${words8(airHash(machine))}])`,
    '}',
    '',
    '/// the profile as transcript and statement hash take it in',
    'fn profile_words() -> Array<u32> {',
    `    array![${profileWords(PROFILE).join(', ')}]`,
    '}',
    '',
    '/// columns of a chip: fixed, base, interaction (M31), and of base and interaction those opened one row back as well',
    'fn widths(kind: u32) -> (u32, u32, u32, u32, u32) {',
    '    match kind {',
    ...widths.map((w, type) => `        ${type === widths.length - 1 ? '_' : type} => (${w.join(', ')}),`),
    '    }',
    '}',
    '',
    ...twoPointLists(
      'base',
      components.map((c) => c.twoPoint.base),
    ),
    ...twoPointLists(
      'interaction',
      components.map((c) => c.twoPoint.interaction.flatMap((f) => [4 * f, 4 * f + 1, 4 * f + 2, 4 * f + 3])),
    ),
    '/// 2^k·G for k = 0 … 30, two felts each',
    '#[inline(never)]',
    'fn generator_doubles() -> Span<felt252> {',
    `    array![${doubles.map(([x, y]) => `0x${x.toString(16)}, 0x${y.toString(16)}`).join(', ')}].span()`,
    '}',
    '',
    '/// challenge powers and instance constants, four felts each',
    `type Constants = Box<[felt252; ${4 * table.count}]>;`,
    'fn box_constants(felts: Span<felt252>) -> Constants {',
    '    let mut felts = felts;',
    `    *felts.multi_pop_front::<${4 * table.count}>().unwrap()`,
    '}',
    '',
  ].join('\n');
}

/**
 * path under contracts/ → text
 * @param machine whose constraints; a test builds a contract for one that is known to be bad
 */
export const generatedFiles = (machine: MachineDefinition = MACHINE): Record<string, string> => {
  if (P !== 2 ** 31 - 1) throw bug('the Cairo sources are written for p = 2^31 - 1');
  return {
    'cairo/generated/constants.cairo': constantsCairo(machine),
    'cairo/generated/air.cairo': airCairo(machine.components),
  };
};
