// The generated Cairo files: the evaluator of the constraints and the constants that profile, machine and commitment layer fix.
// Written by `npm run gen` (bench/gen.ts); a test fails when a file differs. Caveat: the class serves one profile and one AIR by design.
import { interactionColumns } from '../../air/component.ts';
import { airHash, type MachineDefinition, PROTOCOL_VERSION } from '../../air/machine.ts';
import { PURPOSE } from '../../fri/core/blake2s.ts';
import { TAG } from '../../fri/core/channel.ts';
import { pointAt } from '../../fri/core/circle.ts';
import { bug } from '../../fri/core/errors.ts';
import { COMPOSITION_COLUMNS, FELT_COLUMNS, SHARED_COLUMNS } from '../../fri/pcs/layout.ts';
import { FOLD_LOG, LAST_LOG, PROFILES, profileWords } from '../../fri/pcs/profile.ts';
import { requireSecurity } from '../../fri/pcs/security.ts';
import { CHIP_LIST, instanceOf, MACHINE, REPEATED_TYPES, TYPE } from '../../vm/chips/machine.ts';
import { MAX_PIECES } from '../../vm/chips/pages.ts';
import { dispatch, read, write } from '../../vm/chips/relations.ts';
import { CHIP_NAMES, CHIPS, INPUT_CHIPS, PROGRAM_CHIPS, RUN_CHIPS } from '../../vm/chips/table.ts';
import { DATA_BASE, ISA, P, RAM_BASE } from '../../vm/program/isa.ts';
import { securityOf } from '../../vm/statement/instances.ts';
import { recordWords } from '../../vm/statement/record.ts';
import { airCairo, constantTable, interactionLifts } from './emitter.ts';
import {
  CONTEXT_HEADER,
  MAX_CHAIN_COMMITTED,
  MAX_CHAIN_ELEMENTS,
  MAX_CHAIN_INSTANCES,
  MAX_CHAIN_LOG_SIZE,
  MAX_CHAIN_RANK,
  MAX_CHAIN_REGIONS,
  MAX_CHAIN_SHARDS,
  MAX_CHAIN_TREES,
  MAX_CONTEXT,
  MIN_CHAIN_LOG_SIZE,
} from './limits.ts';
import { errorsCairo, MAX_MORE_CHAIN_QUERIES } from './security.ts';

const PROFILE = PROFILES.chain;

/** words of all public tensors that the limits on regions leave, and HALT */
const MAX_PUBLIC_TERMS = 2 * MAX_CHAIN_REGIONS * MAX_CHAIN_ELEMENTS + 1;

/** instances in a model's only tree */
const MAX_FIXED = MAX_PIECES * PROGRAM_CHIPS.length;

/** digests that the contract makes */
const PURPOSES = ['LEAF', 'NODE', 'CHAIN', 'DRAW', 'WORK', 'MODEL', 'STATEMENT', 'INPUTS', 'SHARD'] as const;

/** the security of every proof that the contract can accept is at least that of the largest */
function requireLargestSecure(): void {
  const instances = CHIP_LIST.flatMap(({ sizedBy }, type) =>
    Array(sizedBy === 'program' ? MAX_PIECES : 1).fill(instanceOf(type, MAX_CHAIN_LOG_SIZE)),
  );
  requireSecurity(securityOf(PROFILE, instances, MAX_PUBLIC_TERMS), PROFILE);
}

const words8 = (words: ArrayLike<number>): string =>
  Array.from(words, (word, i) => `0x${word.toString(16)}${i === 0 ? '_u32' : ''}`).join(', ');

/** `lifts_base(kind)`: the columns of a chip's block that must be lifts */
const liftLists = (name: string, lists: readonly (readonly number[])[]): string[] => [
  `/// columns of a chip's ${name} block that must be lifts`,
  `fn lifts_${name}(kind: u32) -> Span<u32> {`,
  '    match kind {',
  ...lists.map((list, type) => `        ${type === lists.length - 1 ? '_' : type} => array![${list.join(', ')}].span(),`),
  '    }',
  '}',
  '',
];

/** the chips as the record and the instance rule see them: which the program sizes, which may stand several times, where addresses start */
function rulesOfChips(): string[] {
  const based = [...RUN_CHIPS, ...PROGRAM_CHIPS].filter((name) => CHIPS[name].base !== 0);
  if (based.length === 0 || based.some((name) => CHIPS[name].base !== RAM_BASE))
    throw bug('the contract knows one base, that of RAM, besides those of committed inputs');
  if (CHIP_NAMES.join() !== [...RUN_CHIPS, ...PROGRAM_CHIPS, ...INPUT_CHIPS].join())
    throw bug('the contract reads the chips of the record behind those of the run, and those of committed inputs behind them');
  const once = RUN_CHIPS.filter((name) => !REPEATED_TYPES.has(TYPE[name]));
  return [
    '/// the instances of a proof of one shard: one of each chip, and one for each committed input',
    'fn one_shard(sizes: ProofSizes, record: Record) -> Span<Instance> {',
    "    assert(record.pages == 1, 'ZK0732 model has pages');",
    '    let mut instances = array![',
    ...RUN_CHIPS.map((name) => `        Instance { kind: TYPE_${name.toUpperCase()}, log_size: sizes.${name}_log, base: 0, tree: 0 },`),
    '    ];',
    '    instances.append_span(record.fixed);',
    '    instances.span()',
    '}',
    '',
    '/// whether a proof has exactly one instance of a chip, over all its shards',
    'fn stands_once(kind: u32) -> bool {',
    `    ${once.map((name) => `kind == TYPE_${name.toUpperCase()}`).join(' || ')}`,
    '}',
    '',
    "/// first address of a chip's range",
    'fn base_of(kind: u32) -> u32 {',
    `    if ${based.map((name) => `kind == TYPE_${name.toUpperCase()}`).join(' || ')} {`,
    '        RAM_BASE',
    '    } else {',
    '        0',
    '    }',
    '}',
    '',
  ];
}

/** the sizes and instances that a proof's caller says: the order of these fields is the order in calldata */
const sizesCairo = (): string =>
  [
    '// Generated by contracts/class/generate.ts (npm run gen): do not edit. What the registry and its callers know of the chips.',
    '// Caveat: the order of the fields is their order in calldata.',
    '',
    '/// log sizes of the chips that a run sizes',
    '#[derive(Copy, Drop, Serde)]',
    'struct ProofSizes {',
    ...RUN_CHIPS.map((name) => `    ${name}_log: u32,`),
    '}',
    '',
    "/// one table of a shard: its chip, rows, first address, and for a chip that the model sizes which of the model's trees it is committed in",
    '#[derive(Copy, Drop, Serde)]',
    'struct Instance {',
    '    kind: u32,',
    '    log_size: u32,',
    '    base: u32,',
    '    tree: u32,',
    '}',
    '',
  ].join('\n');

/** columns of a shard, of which sums of quotients.cairo stay below 2^112 */
const MAX_COLUMNS = 2 ** 14;

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
  const widest = Math.max(...widths.map(([fixed, base, interaction]) => fixed! + base! + interaction!));
  if (MAX_CHAIN_INSTANCES * widest + SHARED_COLUMNS > MAX_COLUMNS) throw bug('packed sums of that many columns may meet');
  const constraints = sum(components.map((c) => c.constraints.length));
  const tree = { root: new Uint32Array(8), logSize: 1, instances: [] };
  const versionOf = (trees: number): number =>
    recordWords({
      airHash: airHash(machine),
      profile: PROFILE,
      trees: Array(trees).fill(tree),
      inputs: [],
      outputs: [],
      metadataHash: new Uint32Array(8),
    })[0]!;
  const doubles = Array.from({ length: 31 }, (_, k) => pointAt(2 ** k));
  const constants: [string, string, number][] = [
    ...PURPOSES.map((name): [string, string, number] => [`PURPOSE_${name}`, 'u32', PURPOSE[name]]),
    ...Object.entries(TAG).map(([name, tag]): [string, string, number] => [`TAG_${name}`, 'u32', tag]),
    ['PROTOCOL_VERSION', 'u32', PROTOCOL_VERSION],
    ['RECORD_VERSION', 'u32', versionOf(1)],
    ['RECORD_VERSION_PAGES', 'u32', versionOf(2)],
    ['PROFILE_ID', 'u32', PROFILE.id],
    ['LOG_BLOWUP', 'u32', PROFILE.logBlowup],
    ['QUERIES', 'u32', PROFILE.queries],
    ['MAX_MORE_QUERIES', 'u32', MAX_MORE_CHAIN_QUERIES],
    ['WORK_QUERY', 'u32', PROFILE.work.query],
    ['WORK_INTERACTION', 'u32', PROFILE.work.interaction],
    ['WORK_DEEP', 'u32', PROFILE.work.deep],
    ['WORK_FOLD', 'u32', PROFILE.work.fold],
    ['FOLD_LOG', 'u32', FOLD_LOG],
    ['LAST_LOG', 'u32', LAST_LOG],
    ['MAX_LOG_SIZE', 'u32', MAX_CHAIN_LOG_SIZE],
    ['MIN_LOG_SIZE', 'u32', MIN_CHAIN_LOG_SIZE],
    ['MAX_SHARDS', 'u32', MAX_CHAIN_SHARDS],
    ['MAX_INSTANCES', 'u32', MAX_CHAIN_INSTANCES],
    ['MAX_FIXED', 'u32', MAX_FIXED],
    ['MAX_TREES', 'u32', MAX_CHAIN_TREES],
    ['MAX_REGIONS', 'u32', MAX_CHAIN_REGIONS],
    ['MAX_RANK', 'u32', MAX_CHAIN_RANK],
    ['MAX_ELEMENTS', 'u32', MAX_CHAIN_ELEMENTS],
    ['MAX_COMMITTED', 'u32', MAX_CHAIN_COMMITTED],
    ['CONTEXT_HEADER', 'u32', CONTEXT_HEADER],
    ['MAX_CONTEXT', 'u32', MAX_CONTEXT],
    ['RAM_BASE', 'u32', RAM_BASE],
    ['DATA_BASE', 'u32', DATA_BASE],
    ...CHIP_NAMES.map((name): [string, string, number] => [`TYPE_${name.toUpperCase()}`, 'u32', TYPE[name]]),
    ['TYPES', 'u32', components.length],
    ['FIRST_FIXED', 'u32', RUN_CHIPS.length],
    ['FIXED_TYPES', 'u32', PROGRAM_CHIPS.length],
    ['RELATION_READ', 'felt252', read.id],
    ['RELATION_WRITE', 'felt252', write.id],
    ['RELATION_DISPATCH', 'felt252', dispatch.id],
    ['HALT_CODE', 'felt252', ISA.HLT.code],
    ['COMPOSITION_COLUMNS', 'u32', COMPOSITION_COLUMNS],
    ['FELT_COLUMNS', 'u32', FELT_COLUMNS],
    ['MAX_ALPHA', 'u32', table.maxAlpha],
    ['MAX_BETA', 'u32', table.maxBeta],
    ['MAX_GAMMA', 'u32', table.maxGamma],
  ];
  return [
    '// Generated by contracts/class/generate.ts (npm run gen): do not edit. Profile, AIR and column layout are constants of the class.',
    ...constants.map(([name, type, value]) => `const ${name}: ${type} = ${value};`),
    '',
    `/// hash of every column, label, mask, fraction and node of the AIR; ${constraints} constraints, and that of the running sum`,
    '#[inline(never)]',
    'fn air_hash() -> Box<[u32; 8]> {',
    `    BoxTrait::new([${words8(airHash(machine))}])`,
    '}',
    '',
    '/// the profile with so many queries, as transcript and statement hash take it in',
    'fn profile_words(queries: u32) -> Array<u32> {',
    `    array![${profileWords({ ...PROFILE, queries: Number.NaN })
      .map((word) => (Number.isNaN(word) ? 'queries' : word))
      .join(', ')}]`,
    '}',
    '',
    '/// columns of a chip: fixed, base, interaction (M31), and of base and interaction those opened one row back as well',
    'fn widths(kind: u32) -> (u32, u32, u32, u32, u32) {',
    '    match kind {',
    ...widths.map((w, type) => `        ${type === widths.length - 1 ? '_' : type} => (${w.join(', ')}),`),
    '    }',
    '}',
    '',
    ...rulesOfChips(),
    ...errorsCairo(machine),
    ...liftLists(
      'base',
      components.map((c) => c.twoPoint.base),
    ),
    ...liftLists('interaction', components.map(interactionLifts)),
    '/// 2^k·G for k = 0 … 30, two felts each',
    '#[inline(never)]',
    'fn generator_doubles() -> Span<felt252> {',
    `    array![${doubles.map(([x, y]) => `0x${x.toString(16)}, 0x${y.toString(16)}`).join(', ')}].span()`,
    '}',
    '',
    '/// challenge powers, four felts each',
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
    'cairo/generated/sizes.cairo': sizesCairo(),
    'cairo/generated/constants.cairo': constantsCairo(machine),
    'cairo/generated/air.cairo': airCairo(machine.components),
  };
};
