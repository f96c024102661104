// Steps of a run as lines for people. Source: vm/debug. Caveat: long tensors, rows and sums are cut, and it is said how much; `--json` has all of it.

import type { Debugged } from '../../vm/debug/open.ts';
import type { ChipRows, Operand, Owner, Polynomial, Reason, StepDetail, StepLine, Verdict, Why } from '../../vm/debug/types.ts';
import { toSigned } from '../../vm/program/isa.ts';
import { elementName } from '../../vm/program/packing.ts';
import type { Region } from '../../vm/program/types.ts';
import { formatCount } from '../io/terminal.ts';
import { placeText } from './places.ts';

/** numbers of a line, lines of a tensor, entries of a list */
const NUMBERS = 16;
const LINES = 8;
const ENTRIES = 24;

const cut = (lines: string[], most: number, all = lines.length): string[] =>
  all > most ? [...lines.slice(0, most), `    … ${formatCount(all - most)} more`] : lines;

const numbers = (list: ArrayLike<number>, from: number, count: number): string => {
  const shown = Array.from({ length: Math.min(count, NUMBERS) }, (_, i) => list[from + i]!);
  return `${shown.join(' ')}${count > NUMBERS ? ` … (${count})` : ''}`;
};

/** Steps as a table; repeats of one instruction that follow each other are one line. */
export function stepLines(steps: readonly StepLine[]): string[] {
  const groups: { first: StepLine; count: number }[] = [];
  for (const one of steps) {
    const group = groups.at(-1);
    if (group && group.first.pc === one.pc && one.step === group.first.step + group.count) group.count++;
    else groups.push({ first: one, count: 1 });
  }
  const cells = groups.map(({ first, count }) => [
    count > 1 ? `${first.step}-${first.step + count - 1}` : String(first.step),
    String(first.pc),
    first.node ?? '-',
    first.text,
  ]);
  const rows = [['step', 'pc', 'node', 'instruction'], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, i) => (i < 2 ? cell.padStart(widths[i]!) : i === 2 ? cell.padEnd(widths[2]!) : cell)).join('  '));
}

const ownerText = ({ kind, name, step }: Owner): string =>
  kind === 'input' || kind === 'output'
    ? `${kind} ${JSON.stringify(name)}`
    : kind === 'step'
      ? `step ${step}${name === undefined ? '' : ` (${name})`}`
      : kind === 'nobody'
        ? 'nobody wrote it'
        : kind;

function operandLines({ operand, does, role, shape, axes, values, addresses, owners }: Operand): string[] {
  const width = shape.at(-1)!;
  const count = values.length / width;
  const outer = shape.slice(0, -1);
  const place = (row: number): string => {
    let rest = row;
    const parts = outer.map(() => 0);
    for (let i = outer.length - 1; i >= 0; i--) {
      parts[i] = rest % outer[i]!;
      rest = Math.floor(rest / outer[i]!);
    }
    return parts.map((part, i) => `${axes[i]} ${part}`).join(', ');
  };
  const lines = Array.from(
    { length: Math.min(count, LINES) },
    (_, row) => `    ${outer.length ? `${place(row)}: ` : ''}${numbers(values, row * width, width)}`,
  );
  const of = cut(owners.map(ownerText), 4).map((text) => text.trim());
  return [
    `  ${does} ${operand}, ${role} [${shape.map((size, i) => `${size} ${axes[i]}`).join(' × ')}] at ${placeText(addresses[0]!)}: ${of.join('; ')}`,
    ...cut(lines, LINES, count),
  ];
}

function accumulatorLines({ name, channels, low, span, values, added, of }: Polynomial): string[] {
  const lines = Array.from({ length: Math.min(channels, LINES) }, (_, channel) => {
    // highest exponent first: the first position
    const row = values
      .subarray(channel * span, (channel + 1) * span)
      .slice()
      .reverse();
    return `    β^${channel}: ${numbers(row, 0, span)}`;
  });
  return [
    `  accumulator ${placeText(name)} after it: ${channels} channels, α^${low + span - 1} to α^${low}, ${added} of ${of} products added`,
    ...cut(lines, LINES, channels),
  ];
}

const rowText = ({ columns, cells }: ChipRows, row: number): string =>
  columns.flatMap((name, i) => (cells[i]![row] === 0 ? [] : [`${name} ${toSigned(cells[i]![row]!)}`])).join(', ');

/** A step in full. */
export function detailLines(detail: StepDetail, steps: number): string[] {
  const { step, pc, node, text, repeatsLeft, meaning, operands, accumulator, rows, rowCounts, lookups, changes } = detail;
  return [
    `step ${step} of ${steps}: ${text}`,
    `  pc ${pc}, ${node ?? 'no ONNX node'}, ${repeatsLeft} more repeats; ${meaning}`,
    ...operands.flatMap(operandLines),
    ...(accumulator ? accumulatorLines(accumulator) : []),
    ...rows.flatMap((list) => [
      `  ${list.chip} rows ${list.firstRow} to ${list.firstRow + rowCounts[list.chip]! - 1}; cells that are not 0:`,
      ...cut(
        Array.from({ length: Math.min(list.rows, LINES) }, (_, row) => `    ${list.firstRow + row}: ${rowText(list, row)}`),
        LINES,
        rowCounts[list.chip]!,
      ),
    ]),
    ...(lookups.length > 0 ? ['  lookups of these rows, + asked, - supplied:'] : []),
    ...cut(
      lookups
        .slice(0, ENTRIES + 1)
        .map(
          ({ chip, row, relation, times, tuple }) =>
            `    ${chip} ${row}: ${times > 0 ? '+' : ''}${times} ${relation} (${tuple.join(', ')})`,
        ),
      ENTRIES,
      lookups.length,
    ),
    ...changes.map(
      ({ chip, row, column, value, honest }) =>
        `  changed: ${chip} row ${row}, ${column} is ${toSigned(value)}, an honest run has ${toSigned(honest)}`,
    ),
  ];
}

/** What is wrong with a trace. */
export function failureLines({ failures, failureCount, changes, changeCount, unbalanced, accumulators, otherOutputs }: Verdict): string[] {
  const at = (step: number | undefined): string => (step === undefined ? '' : `, step ${step}`);
  return [
    ...cut(
      failures.map(
        ({ chip, row, label, step, formula, cells }) =>
          `${chip} row ${row}${at(step)}: ${label}: ${formula} is not 0; ${Object.entries(cells)
            .map(([name, value]) => `${name} = ${toSigned(value)}`)
            .join(', ')}`,
      ),
      ENTRIES,
      failureCount,
    ),
    ...cut(
      (changes ?? []).map(
        ({ chip, row, column, value, honest, step }) =>
          `${chip} row ${row}${at(step)}: ${column} is ${toSigned(value)}, an honest run has ${toSigned(honest)}`,
      ),
      ENTRIES,
      changeCount ?? 0,
    ),
    ...cut(
      unbalanced.map(
        ({ chip, row, relation, times, tuple, step }) =>
          `${chip} row ${row}${at(step)}: ${relation} (${tuple.join(', ')}) ${times > 0 ? 'is asked and nobody supplies it' : 'is supplied and nobody asks'}`,
      ),
      ENTRIES,
    ),
    ...cut(
      accumulators.map(({ name, chip, row, step }) => `${chip} row ${row}${at(step)}: accumulator ${placeText(name)} does not cancel`),
      ENTRIES,
    ),
    ...otherOutputs.map((name) => `output ${JSON.stringify(name)} is not what the program computes`),
    ...(changes === undefined ? ['the file has other instances than the run makes, so its rows belong to no step'] : []),
  ];
}

function reasonLines({
  address,
  lane,
  value,
  owner,
  step,
  stored,
  products = [],
  productCount = 0,
  rest = 0,
  from = [],
}: Reason): string[] {
  const name = (place: { address: number; lane: number }): string => `${placeText(place.address)}.${place.lane}`;
  const head = `${name({ address, lane })} = ${value}, ${ownerText(owner)}`;
  if (!stored) return [`${head}${from.length > 0 ? `, from ${from.map((one) => `${name(one)} = ${one.value}`).join(' and ')}` : ''}`];
  if (stored.masked) return [`${head}: a mask of 0 hides coefficient ${stored.coefficient}`];
  return [
    `${head}: slot ${stored.slot} at ${stored.coefficient}, the coefficient of α^${stored.exponent}β^${stored.channel}, stored by step ${step}`,
    ...products.map(
      ({ step: at, a, b, product }) =>
        `    ${product >= 0 ? '+' : '-'} ${Math.abs(product)} = ${a.value} · ${b.value}, ${name(a)} · ${name(b)}, step ${at}`,
    ),
    ...(productCount > products.length ? [`    and ${rest} from ${formatCount(productCount - products.length)} smaller products`] : []),
  ];
}

/** reasons that are spelled out for people */
const REASONS = 40;

/** Why an element is what it is. */
export function whyLines(
  { steps }: Pick<Debugged, 'steps'>,
  region: Region,
  index: number,
  { reasons, steps: slice, leftOut }: Why,
): string[] {
  const inputs = reasons.filter(({ owner }) => owner.kind === 'input').length;
  return [
    `${elementName(region, index)} comes from ${formatCount(slice.length)} of ${formatCount(steps)} steps: ${cut(slice.map(String), ENTRIES)
      .map((text) => text.trim())
      .join(' ')}`,
    ...reasons.slice(0, REASONS).flatMap(reasonLines),
    ...(reasons.length > REASONS ? [`… ${formatCount(reasons.length - REASONS)} more places, ${inputs} of all are inputs`] : []),
    ...(leftOut > 0 ? [`${formatCount(leftOut)} smaller products or further places were not followed`] : []),
  ];
}
