// The tables in the documentation that follow from the code: instruction set, security, operators here, those of docs/ in
// reference-tables.ts. Written by bench/gen.ts, held against the files by test/docs.test.ts. Caveat: the security table is for one set of
// sizes; `zkvm prove` prints it for the real ones.
import { PROFILES } from '../fri/pcs/profile.ts';
import { LEMMAS } from '../test/lemmas/index.ts';
import { instanceOf, TYPE } from '../vm/chips/machine.ts';
import { CHIP_NAMES, type ChipName, PROGRAM_CHIPS, RUN_CHIPS } from '../vm/chips/table.ts';
import { ISA, OPCODES } from '../vm/program/isa.ts';
import { securityOf } from '../vm/statement/instances.ts';
import { operatorRows } from './operators.ts';
import {
  codes,
  encodingTable,
  LENET_SIZES,
  labelsTable,
  profilesTable,
  purposesTable,
  sizesTable,
  table,
  tagsTable,
  widthsTable,
} from './reference-tables.ts';

/** every instruction: code, operands, fields, meaning */
const isaTable = (): string =>
  table(
    ['code', 'op', 'operands', 'fields', 'meaning', 'rows besides cpu'],
    ['r', 'l', 'l', 'l', 'l', 'l'],
    OPCODES.map((opcode) => {
      const { code, variants, operands, fields, doc, cost } = ISA[opcode];
      const used = (['a', 'b', 'c'] as const).filter((x) => operands[x] !== 'none').map((x) => `${x} ${operands[x]}`);
      return [codes(code, variants), `\`${opcode}\``, used.join(', '), fields.join(' '), doc, cost ? `${cost.chip} ${cost.text}` : ''];
    }),
  );

/** the chips of each table of labels */
const LABELS = {
  cpu: 'cpu',
  mac: 'mac',
  store: 'store',
  ram: 'memory',
  rom: 'memory',
  lut: 'memory',
  words: 'memory',
} as const satisfies Record<ChipName, string>;

const bits = (x: number): string => x.toFixed(1);

/** every error term of the profiles that are meant for use, with the regime of each proven column */
function securityTable(): string {
  const instances = [...RUN_CHIPS, ...PROGRAM_CHIPS].map((name) => instanceOf(TYPE[name], LENET_SIZES[name]));
  const { proven, fast, chain } = PROFILES;
  const reports = [proven, fast, chain].map((profile) => ({ name: profile.name, ...securityOf(profile, instances, 100) }));
  const rows = reports[0]!.terms.map(({ name }, i) => [
    name,
    ...reports.flatMap(({ terms }) => [bits(terms[i]!.provenBits), bits(terms[i]!.conjecturedBits)]),
  ]);
  return table(
    ['error', ...reports.flatMap(({ name, provenRegime }) => [`\`${name}\` proven, ${provenRegime}`, `\`${name}\` conjectured`])],
    ['l', ...reports.flatMap(() => ['r', 'r'] as const)],
    [
      ...rows,
      ['sum', ...reports.flatMap(({ provenBits, conjecturedBits }) => [`**${bits(provenBits)}**`, `**${bits(conjecturedBits)}**`])],
    ],
  );
}

/** every operator of the compiler, measured */
const operatorTable = (): string => table(['operator', 'attributes', 'cells an element', 'error'], ['l', 'l', 'r', 'r'], operatorRows());

/** name in the marker → the table */
/** every lemma of every chip, as `npm run prove:air` proves it */
const lemmasTable = (): string =>
  table(
    ['chip', 'lemma', 'says', 'method'],
    ['l', 'l', 'l', 'l'],
    Object.entries(LEMMAS).flatMap(([chip, { lemmas }]) => lemmas.map(({ name, says, method }) => [chip, `*${name}*`, says, method])),
  );

export const TABLES: Readonly<Record<string, () => string>> = {
  isa: isaTable,
  security: securityTable,
  operators: operatorTable,
  encoding: encodingTable,
  widths: widthsTable,
  ...Object.fromEntries(
    Object.values(LABELS).map((name) => [`labels_${name}`, () => labelsTable(CHIP_NAMES.filter((chip) => LABELS[chip] === name))]),
  ),
  purposes: purposesTable,
  tags: tagsTable,
  profiles: profilesTable,
  sizes: sizesTable,
  lemmas: lemmasTable,
};

/** documents that may hold tables */
export const DOCUMENTS = [
  'README.md',
  'vm/README.md',
  'compiler/README.md',
  'docs/AIR.md',
  'docs/PCS.md',
  'docs/DESIGN.md',
  'docs/SOUNDNESS.md',
];

const MARKED = /(<!-- generated: (\w+) \(npm run gen\) -->\n)[\s\S]*?(<!-- end -->)/g;

/** The text with every marked table written anew. @throws for a marker that names no table */
export const withTables = (text: string): string =>
  text.replace(MARKED, (_all, start: string, name: string, end: string) => {
    const make = TABLES[name];
    if (!make) throw new Error(`there is no table "${name}"`);
    return `${start}${make()}\n${end}`;
  });
