// The formulas of docs/AIR.md §5 are those of the code: every constraint, register and fraction that the page writes down is evaluated
// at random points and compared with the chip's graph, and none is missing on either side. Source: the notation of AIR.md §5.0.
// Caveat: prose and tables are not read here; a formula that differs with probability 2^-100 would pass.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Component } from '../air/recorded.ts';
import { evaluateAtPoint, parameterValues, reachable } from '../fri/backend/graph.ts';
import type { QM31 } from '../fri/core/qm31.ts';
import * as Q from '../fri/core/qm31.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import { dispatch, lookup, read, write } from '../vm/chips/relations.ts';
import { CHIP_NAMES } from '../vm/chips/table.ts';
import { LANES, toField } from '../vm/program/isa.ts';
import { random } from './air/toy.ts';
import { BAD_MAC } from './attacks/known-bad.ts';

const PAGE = fs.readFileSync(path.join(import.meta.dirname, '..', 'docs', 'AIR.md'), 'utf8');

interface Formulas {
  /** name → expression; a name may end with a parameter: La(x) */
  abbreviations: Map<string, string>;
  /** label → expression that vanishes */
  constraints: Map<string, string>;
  fractions: { column: number; numerator: string; denominator: string }[];
}

/** `{x}`, `{X}`, `{t}`, `{t+1}`, `{15-t}`, `{30-2t}` with a value for x or t */
const filled = (text: string, variable: string, value: string): string =>
  variable === 'x'
    ? text.replaceAll('{x}', value).replaceAll('{X}', value.toUpperCase())
    : text.replace(/\{(?:(\d+)-(\d*))?t(?:\+(\d+))?\}/g, (_, from?: string, times?: string, plus?: string) =>
        String(from === undefined ? Number(value) + Number(plus ?? 0) : Number(from) - Number(times || 1) * Number(value)),
      );

/** the block ```air NAME of a page */
function formulasOf(page: string, name: string): Formulas {
  const block = new RegExp(`^\`\`\`air ${name}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1];
  if (block === undefined) throw new Error(`no block of ${name}`);
  const found: Formulas = { abbreviations: new Map(), constraints: new Map(), fractions: [] };
  for (const line of block.split('\n').filter(Boolean)) {
    const abbreviation = /^(\S+)\s*:= (.*?)(?:\s{2,}.*)?$/.exec(line);
    if (abbreviation) {
      found.abbreviations.set(abbreviation[1]!, abbreviation[2]!);
      continue;
    }
    const [, label, formula, variable, values] = /^(.+?) : (.*?)(?:\s{2,}for (x|t) in (.*))?$/.exec(line) ?? [];
    if (label === undefined || formula === undefined) throw new Error(`cannot read "${line}"`);
    const list = values === undefined ? [''] : values === '0..15' ? Array.from({ length: LANES }, (_, t) => String(t)) : values.split(' ');
    for (const value of list) {
      const [one, expression] = [label, formula].map((text) => (variable ? filled(text, variable, value) : text)) as [string, string];
      const column = /^column (\d+)$/.exec(one);
      if (!column) {
        if (found.constraints.has(one)) throw new Error(`two formulas are labelled "${one}"`);
        found.constraints.set(one, expression);
        continue;
      }
      const [numerator, denominator] = expression.split(' / ');
      found.fractions.push({ column: Number(column[1]), numerator: numerator!, denominator: denominator! });
    }
  }
  return found;
}

interface Point {
  cell(name: string, back: boolean): QM31 | undefined;
  parameter(name: string): QM31 | undefined;
}

const RELATIONS: Readonly<Record<string, number>> = { R: read.id, W: write.id, D: dispatch.id, L: lookup.id };
const number = (value: number): QM31 => Q.from(toField(value));

/** the part of `text` inside the bracket that opens at `open`, and where it closes */
function bracketed(text: string, open: number): { inside: string; end: number } {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return { inside: text.slice(open + 1, i), end: i };
  }
  throw new Error(`unbalanced: ${text}`);
}

/** macros and sums written out */
function expanded(text: string, abbreviations: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [name, body] of abbreviations) {
    const macro = /^(\w+)\(x\)$/.exec(name);
    if (macro)
      result = result.replace(new RegExp(`\\b${macro[1]}\\((\\w+)\\)`, 'g'), (_, lanes: string) => body.replaceAll('x{', `${lanes}{`));
  }
  for (let at = result.indexOf('sum{'); at >= 0; at = result.indexOf('sum{')) {
    const { inside, end } = bracketed(result, at + 3);
    const terms = Array.from({ length: LANES }, (_, t) => filled(inside, 't', String(t)));
    result = `${result.slice(0, at)}(${terms.join(' + ')})${result.slice(end + 1)}`;
  }
  return result;
}

/** Evaluates sums, differences, products, powers, names and `p.` names. @throws for anything else */
function evaluate(text: string, point: Point, abbreviations: ReadonlyMap<string, string>, back = false): QM31 {
  const tokens = expanded(text, abbreviations).match(/p\.\w+|\w+|[-+*^()]|\S/g) ?? [];
  let at = 0;
  const name = (token: string): QM31 => {
    if (/^\d+$/.test(token)) return number(Number(token));
    const previous = token.startsWith('p.');
    if (previous && back) throw new Error(`${token} two rows back`);
    const own = previous ? token.slice(2) : token;
    const abbreviation = abbreviations.get(own);
    if (abbreviation !== undefined) return evaluate(abbreviation, point, abbreviations, back || previous);
    const value = point.cell(own, back || previous) ?? point.parameter(own) ?? (own in RELATIONS ? number(RELATIONS[own]!) : undefined);
    if (!value) throw new Error(`"${token}" is not defined`);
    return value;
  };
  const factor = (): QM31 => {
    const token = tokens[at++];
    if (token === '-') return Q.neg(factor());
    let value: QM31;
    if (token === '(') {
      value = total();
      if (tokens[at++] !== ')') throw new Error(`a bracket is missing in ${text}`);
    } else if (token !== undefined && /^(p\.)?\w+$/.test(token)) value = name(token);
    else throw new Error(`cannot read ${text}`);
    if (tokens[at] !== '^') return value;
    at++;
    const sign = tokens[at] === '-' ? -1 : 1;
    if (sign < 0) at++;
    return Q.pow(value, sign * Number(tokens[at++]));
  };
  const product = (): QM31 => {
    let value = factor();
    while (tokens[at] === '*') {
      at++;
      value = Q.mul(value, factor());
    }
    return value;
  };
  const total = (): QM31 => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-') value = tokens[at++] === '+' ? Q.add(value, product()) : Q.sub(value, product());
    return value;
  };
  const value = total();
  if (at !== tokens.length) throw new Error(`"${tokens[at]}" is left of ${text}`);
  return value;
}

/** a tuple's z - (id + Σ γ^j v_j), or an expression */
function denominatorOf(text: string, point: Point, abbreviations: ReadonlyMap<string, string>): QM31 {
  const tuple = /^<(.*)>$/.exec(text);
  if (!tuple) return evaluate(text, point, abbreviations);
  const entries = tuple[1]!
    .split(', ')
    .flatMap((entry) => (entry.endsWith('{..}') ? Array.from({ length: LANES }, (_, t) => entry.replace('{..}', String(t))) : [entry]));
  const gamma = point.parameter('gamma')!;
  return entries.reduce(
    (left, entry, j) => Q.sub(left, Q.mul(Q.pow(gamma, j), evaluate(entry, point, abbreviations))),
    point.parameter('z')!,
  );
}

/** of the instance whose constraints are compared */
const LOG_SIZE = 9;

/** what a page says about a chip and the chip does not, or the other way round */
function differences(page: string, c: Component, seed: number): string[] {
  const formulas = formulasOf(page, c.name);
  const next = random(seed);
  const felt = (): QM31 => [0, 0, 0, 0].map(() => next() % 0x7fffffff) as unknown as QM31;
  const columns = [...c.preprocessed, ...c.base];
  const registers = c.registers.map((register) => register.name);
  const draw = (count: number): [QM31, QM31][] => Array.from({ length: count }, () => [felt(), felt()]);
  const [cells, felts] = [draw(columns.length), draw(registers.length + c.sums.length)];
  const challenges = { z: felt(), gamma: felt(), zeta: felt(), alpha: felt(), beta: felt() };
  const base = next() % 0x7fffffff;
  const parameters: Readonly<Record<string, QM31>> = { ...challenges, base: Q.from(base), rows: Q.from(2 ** LOG_SIZE) };
  const point: Point = {
    cell: (name, back) => (columns.includes(name) ? cells[columns.indexOf(name)] : felts[registers.indexOf(name)])?.[back ? 1 : 0],
    parameter: (name) => parameters[name],
  };
  const resets = c.registers.map(({ name, reset }) => ({ label: `reset ${name}`, node: reset }));
  const stated = [...c.constraints.filter(({ kind }) => kind !== 'sum'), ...resets];
  const values = evaluateAtPoint(
    c.graph,
    reachable(c.graph, [...stated.map(({ node }) => node), ...c.sums.flat().flatMap((f) => [f.numerator, f.denominator])]),
    {
      cell: (index, back) => cells[index]![back ? 1 : 0],
      felt: (index, back) => felts[index]![back ? 1 : 0],
      parameters: parameterValues(c.graph, challenges, { base, logSize: LOG_SIZE }),
    },
  );
  const found: string[] = [];
  const compare = (what: string, on: QM31, inCode: QM31): void => {
    if (!Q.equal(on, inCode)) found.push(what);
  };
  for (const { label, node } of stated) {
    const formula = formulas.constraints.get(label);
    if (formula === undefined) found.push(`${label}: not on the page`);
    else compare(label, evaluate(formula, point, formulas.abbreviations), values[node]!);
  }
  for (const label of formulas.constraints.keys()) if (!stated.some((s) => s.label === label)) found.push(`${label}: not in the code`);
  for (let j = 0; j < Math.max(c.sums.length, ...formulas.fractions.map(({ column }) => column + 1)); j++) {
    const [onPage, inCode] = [formulas.fractions.filter(({ column }) => column === j), c.sums[j] ?? []];
    if (onPage.length !== inCode.length) found.push(`column ${j}: ${onPage.length} fractions on the page, ${inCode.length} in the code`);
    else
      for (const [i, { numerator, denominator }] of onPage.entries()) {
        compare(`column ${j}: numerator ${i}`, evaluate(numerator, point, formulas.abbreviations), values[inCode[i]!.numerator]!);
        compare(
          `column ${j}: denominator ${i}`,
          denominatorOf(denominator, point, formulas.abbreviations),
          values[inCode[i]!.denominator]!,
        );
      }
  }
  return found;
}

const chip = (name: string): Component => MACHINE.components.find((c) => c.name === name)!;

test('the page has a block for every chip of the machine, and for nothing else', () => {
  expect([...PAGE.matchAll(/^```air (\w+)$/gm)].map(([, name]) => name)).toEqual(MACHINE.components.map(({ name }) => name));
});

test.each(CHIP_NAMES)('%s: the formulas of the page are those of the code', (name) => {
  for (const seed of [1, 2, 3]) expect(differences(PAGE, chip(name), seed)).toEqual([]);
});

test('the mac chip of protocol version 1 is not the one on the page', () => {
  expect(differences(PAGE, BAD_MAC, 1)).toContain('hold');
});

describe('a formula that was changed on the page is noticed', () => {
  const changed = (from: string, to: string): string => {
    expect(PAGE.split(from)).toHaveLength(2);
    return PAGE.replace(from, to);
  };
  test.each<[string, string, string, string[]]>([
    // the fault of protocol version 1
    ['mac', 'S*alpha^-1 + pB*keep)*p.hold', 'S*alpha^-1 + pB*(keep + last) - last)*p.hold', ['hold']],
    ['cpu', 'immediate : im*(vb - eb)', 'immediate : im*(vb - ea)', ['immediate']],
    [
      'cpu',
      'rs    := start + p.rl - p.HLT ',
      'rs    := start + p.rl ',
      ['repeat start', 'operand a first', 'operand b first', 'operand c first'],
    ],
    ['mac', 'pad end : pB*pd\n', '', ['pad end: not on the page']],
    ['mac', 'pad end : pB*pd\n', 'pad end : pB*pd\npad start : pA*pd\n', ['pad start: not in the code']],
    ['store', 'for x in k slot rw h rj', 'for x in k slot rw rj', ['carry h: not on the page']],
    ['store', '<L, 0, u{t}, r{t}, 0>', '<L, 1, u{t}, r{t}, 0>', Array.from({ length: LANES }, (_, t) => `column ${t + 1}: denominator 1`)],
    ['ram', '-used / <W, index + base', 'used / <W, index + base', ['column 0: numerator 1']],
    [
      'rom',
      '```air rom\ncolumn 0 : -mult',
      '```air rom\ncolumn 1 : -mult',
      ['column 0: 0 fractions on the page, 1 in the code', 'column 1: 1 fractions on the page, 0 in the code'],
    ],
    ['mac', 'reset acc : 1 - en + first', 'reset acc : 1 - en', ['reset acc']],
    ['words', 'p.addr - base - rows + 1', 'p.addr - base - rows', ['after the last']],
    ['lut', '<L, slot, u, in, out>', '<L, slot, in, u, out>', ['column 0: denominator 0']],
  ])('%s: %j', (name, from, to, expected) => {
    expect(differences(changed(from, to), chip(name), 4)).toEqual(expected);
  });
  test.each(['im*(vb - eb', 'im*(vb - nobody)', 'im ? 1', 'im*(p.nr)'])('%s cannot be read', (formula) => {
    expect(() => differences(changed('immediate : im*(vb - eb)', `immediate : ${formula}`), chip('cpu'), 5)).toThrow();
  });
});
