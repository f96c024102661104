// The tables of docs/ that follow from the code: encoding, widths and labels of the chips, hash purposes, transcript, profiles, proof sizes.
// Written by bench/gen.ts through bench/tables.ts. Caveat: what a transcript row absorbs is said here by hand; a tag without a row does not compile.

import { interactionColumns } from '../air/component.ts';
import { PROTOCOL_VERSION, shapesOf } from '../air/machine.ts';
import type { Component, Constraint } from '../air/recorded.ts';
import { PURPOSE } from '../fri/core/blake2s.ts';
import { TAG } from '../fri/core/channel.ts';
import { foldSteps, layoutOf } from '../fri/pcs/layout.ts';
import { FOLD_LOG, LAST_LOG, PROFILES } from '../fri/pcs/profile.ts';
import { proofSize, someRandomPositions } from '../fri/pcs/proof-size.ts';
import { conjecturedBitsPerQuery } from '../fri/pcs/security.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import type { ProgramChipName, RunChipName } from '../vm/chips/table.ts';
import { modeFits, namesOf } from '../vm/program/assembler.ts';
import { MODES, OPCODES, specOf, WORD_FIELDS } from '../vm/program/isa.ts';

/** log sizes of a model about as large as a LeNet, without a committed input */
export const LENET_SIZES: Readonly<Record<RunChipName | ProgramChipName, number>> = {
  cpu: 8,
  mac: 16,
  store: 13,
  ram: 12,
  rom: 14,
  lut: 16,
};

export const table = (header: readonly string[], align: readonly ('l' | 'r')[], rows: readonly (readonly (string | number)[])[]): string =>
  [header, align.map((a) => (a === 'r' ? '--:' : '---')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** a code and what its variants add to it */
export const codes = (code: number, variants: readonly string[]): string => [code, ...variants.map((v, i) => `+${2 ** i}·${v}`)].join(' ');

/** every instruction as a word: what stands in which lane, and the modes it takes */
export const encodingTable = (): string =>
  table(
    ['op', 'code', ...WORD_FIELDS.slice(1), 'modes'],
    ['l', 'l', ...WORD_FIELDS.slice(1).map(() => 'l' as const), 'l'],
    OPCODES.map((opcode) => {
      const { code, variants, operands, fields, signedFields } = specOf(opcode);
      const names = new Set(namesOf(opcode));
      const lanes = WORD_FIELDS.slice(1).map((lane) => {
        const field = /^f(\d)$/.exec(lane);
        const name = field ? fields[Number(field[1])] : lane;
        if (name === undefined || !(field || names.has(name))) return opcode === 'HLT' && lane === 'n' ? '1' : '';
        if (name === 'one') return '1';
        if (!field && name.length === 1 && name !== 'n') return operands[name as 'a'];
        return signedFields.includes(name) || /^[abc]s$/.test(name) ? `±${name}` : name;
      });
      return [`\`${opcode}\``, codes(code, variants), ...lanes, MODES.filter((mode) => modeFits(opcode, mode)).join(' ')];
    }),
  );

const maxDegree = (c: Component): number => Math.max(...c.constraints.map(({ degree }) => degree));

/** columns, fractions and constraints of every chip, in M31 columns */
export function widthsTable(): string {
  const rows = MACHINE.components.map((c) => [
    c.name,
    c.base.length,
    4 * interactionColumns(c),
    c.preprocessed.length,
    c.twoPoint.base.length,
    4 * c.twoPoint.interaction.length,
    c.sums.flat().length,
    c.constraints.length,
    maxDegree(c),
  ]);
  const sums = rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + (row[i] as number), 0));
  return table(
    ['chip', 'base', 'interaction', 'preprocessed', 'two-point base', 'two-point interaction', 'fractions', 'constraints', 'max degree'],
    ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r'],
    [...rows, ['**sum**', ...sums.slice(1, 6).map((x) => `**${x}**`), '', `**${sums[7]}**`, '']],
  );
}

/** `bool m0`, `bool m1`, … `bool m15` become `bool m0 … m15` */
function shortened(labels: readonly string[]): string {
  const parts: string[] = [];
  for (let at = 0; at < labels.length; ) {
    const start = /^(.*?)(\d+)$/.exec(labels[at]!);
    let end = at + 1;
    if (start) while (labels[end] === `${start[1]}${Number(start[2]) + end - at}`) end++;
    const [first, last] = [labels[at]!, labels[end - 1]!];
    parts.push(
      end - at > 2
        ? `\`${first}\` … \`${last}\``
        : labels
            .slice(at, end)
            .map((label) => `\`${label}\``)
            .join(', '),
    );
    at = end;
  }
  return parts.join(', ');
}

const KINDS: Readonly<Record<Constraint['kind'], string>> = { base: 'stated', register: 'register', sum: 'LogUp column' };

/** every constraint's label, by kind and degree */
export const labelsTable = (names: readonly string[]): string =>
  table(
    ['chip', 'kind', 'degree', 'number', 'labels'],
    ['l', 'l', 'r', 'r', 'l'],
    MACHINE.components
      .filter(({ name }) => names.includes(name))
      .flatMap(({ name, constraints }) =>
        (['base', 'register', 'sum'] as const).flatMap((kind) =>
          [1, 2, 3].flatMap((degree) => {
            const labels = constraints.filter((c) => c.kind === kind && c.degree === degree).map(({ label }) => label);
            return labels.length ? [[name, KINDS[kind], degree, labels.length, shortened(labels)]] : [];
          }),
        ),
      ),
  );

const PURPOSES: Readonly<Record<keyof typeof PURPOSE, string>> = {
  LEAF: 'a row of a tree, or a coset of a FRI layer',
  NODE: 'two digests of a tree',
  CHAIN: 'the transcript absorbs',
  DRAW: 'the transcript draws',
  WORK: 'a proof of work',
  MODEL: 'model id: the model record',
  STATEMENT: 'statement hash',
  AIR: 'AIR hash: every column, label, mask, register, fraction and node',
  METADATA: 'names, labels, scales and rules of a model, and where its tables are exact',
  CONTENT: 'content of a `.zkb` file',
  INPUTS: 'inputs hash: the input tensors alone',
  SHARD: 'what a session of the contract keeps of a shard: its instances and base root',
};

/** what a hash is for; numbers that are not listed are free */
export const purposesTable = (): string =>
  table(
    ['purpose', 'name', 'what is hashed'],
    ['r', 'l', 'l'],
    Object.entries(PURPOSE).map(([name, value]) => [value, name, PURPOSES[name as keyof typeof PURPOSE]]),
  );

const TAGS: Readonly<Record<keyof typeof TAG, readonly [words: string, then: string]>> = {
  VERSION: [`protocol version ${PROTOCOL_VERSION}`, ''],
  AIR: ['AIR hash, 8', ''],
  PROFILE: [`id, b, Q, work bits: query, interaction, DEEP, fold; ${FOLD_LOG}, ${LAST_LOG}`, ''],
  MODEL: ['model id, 8', ''],
  PREPROCESSED: ['count, roots (data root last)', ''],
  INPUTS: ['tensor count, per tensor length and M31 elements', ''],
  OUTPUTS: ['the same', ''],
  CONTEXT: ['byte length, bytes four a word, zero-padded', ''],
  SHARDS: ['shard count, per shard: instance count, per instance four words: type, log size, base, data (0 or 1)', ''],
  BASE: ['count, base roots of all shards', ''],
  INTERACTION_WORK: ['nonce, 2', 'draw z, γ, ζ, α, β in this order'],
  SHARD: ['index (on a copy of the common state, D12)', ''],
  INTERACTION: ['root', 'of one shard: draw c'],
  SUM: ['of several shards: what the fractions of this one add up to, 4', 'draw c'],
  COMPOSITION: ['root', 'draw t'],
  SAMPLES: ['4 a sample', ''],
  DEEP_WORK: ['nonce', 'draw δ'],
  FRI: ['root i', ''],
  FOLD_WORK: ['nonce', 'draw α_i; FRI and FOLD_WORK once a layer'],
  LAST: [`${4 * 2 ** LAST_LOG}`, ''],
  QUERY_WORK: ['nonce', 'draw positions'],
};

/** what the transcript absorbs, in protocol order */
export const tagsTable = (): string =>
  table(
    ['#', 'tag', 'words', 'then'],
    ['r', 'l', 'l', 'l'],
    Object.entries(TAG).map(([name, value]) => [value, name, ...TAGS[name as keyof typeof TAG]]),
  );

/** every parameter of the named profiles */
export const profilesTable = (): string =>
  table(
    [
      'profile',
      'id',
      'log blowup',
      'queries',
      'query work',
      'interaction / DEEP / fold work',
      'query term, conjectured bits',
      'least log size',
      'floor, bits',
      'repeated chips',
    ],
    ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'l'],
    Object.values(PROFILES).map(({ name, id, logBlowup, queries, work, floor, minLogSize, repeatedChips }) => [
      `\`${name}\``,
      id,
      logBlowup,
      queries,
      work.query,
      `${work.interaction} / ${work.deep} / ${work.fold}`,
      (conjecturedBitsPerQuery(logBlowup) * queries + work.query).toFixed(1),
      minLogSize,
      `${floor.bits} ${floor.kind}`,
      repeatedChips ? 'yes' : 'no',
    ]),
  );

/** proofs of one instance of each chip, all of one height */
export function sizesTable(): string {
  const rows = [15, 16, 17, 18, 19, 20].map((logSize) => {
    const instances = MACHINE.components.map((_, type) => ({ type, logSize, base: 0, data: false }));
    const layout = layoutOf(shapesOf(MACHINE, instances));
    const [proven, fast, chain] = [PROFILES.proven, PROFILES.fast, PROFILES.chain].map((profile) =>
      proofSize(layout, profile, 1, someRandomPositions(profile, logSize + profile.logBlowup)),
    );
    const kib = (bytes: number): string => (bytes / 1024).toFixed(0);
    return [logSize, foldSteps(logSize).join(', '), chain!.calldataFelts, kib(chain!.bytes), kib(proven!.bytes), kib(fast!.bytes)];
  });
  return table(['L', 'folds', '`chain`, felts', '`chain`, KiB', '`proven`, KiB', '`fast`, KiB'], ['r', 'l', 'r', 'r', 'r', 'r'], rows);
}
