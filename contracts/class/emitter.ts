// The constraints at the out-of-domain point as straight-line Cairo, from the same graphs that every other evaluator folds.
// Every value is a QM31 of four *unreduced* felts; the emitter carries a bound of each and reduces only where the next product could leave
// (-2^125, 2^125). That bound is part of soundness: a node over it stops the emitter. Σ c^i C_i is a Horner sum from the last constraint
// down to the first. Source: air/component.ts, fri/backend/graph.ts, DESIGN §8. Caveat: a chip is cut into functions, because Cairo addresses the
// values of one function by 16-bit offsets.

import { interactionColumns } from '../../air/component.ts';
import type { Component } from '../../air/recorded.ts';
import type { Graph, Parameter } from '../../fri/backend/graph.ts';
import { bug } from '../../fri/core/errors.ts';
import { P, toSigned } from '../../vm/program/isa.ts';

/** the bound that `reduce` of m31.cairo needs */
const LIMIT = 1n << 125n;
const REDUCED = BigInt(P);
/** |coordinates of a product| ≤ 8·bound·bound */
const PRODUCT = 8n;
/** products in one function */
const PRODUCTS_PER_PART = 130;

/** Column groups of a chip's samples, in the order in which a part takes their boxes. */
type Group = 'fixed' | 'base' | 'felts' | 'basePrevious' | 'feltsPrevious' | 'constants';
const GROUPS: readonly Group[] = ['fixed', 'base', 'felts', 'basePrevious', 'feltsPrevious', 'constants'];
const LETTER: Readonly<Record<Group, string>> = {
  fixed: 'f',
  base: 'b',
  felts: 'e',
  basePrevious: 'p',
  feltsPrevious: 'q',
  constants: 'k',
};

/** QM31 samples of each group */
function groupSizes(c: Component, constants: number): Record<Group, number> {
  return {
    fixed: c.preprocessed.length,
    base: c.base.length,
    felts: 4 * interactionColumns(c),
    basePrevious: c.twoPoint.base.length,
    feltsPrevious: 4 * c.twoPoint.interaction.length,
    constants,
  };
}

/** Challenge powers that the parts read, in the order in which they stand in the box `constants`. */
export interface ConstantTable {
  maxAlpha: number;
  maxBeta: number;
  maxGamma: number;
  count: number;
  index(parameter: Parameter): number;
}

/** What a chip's constraints read that each of its instances has for itself, by the parameter's name: arguments of a part. */
const OWN = { base: 'first', rows: 'rows' } as const;
type Own = keyof typeof OWN;
const isOwn = (name: string): name is Own => Object.hasOwn(OWN, name);

export function constantTable(components: readonly Component[]): ConstantTable {
  const all = components.flatMap((c) => c.graph.parameters);
  const highest = (name: Parameter['name']): number => Math.max(0, ...all.filter((p) => p.name === name).map((p) => p.exponent));
  const [maxAlpha, maxBeta, maxGamma] = [highest('alpha'), highest('beta'), highest('gamma')];
  const start = { beta: 1 + maxAlpha, gamma: 1 + maxAlpha + maxBeta, z: 1 + maxAlpha + maxBeta + maxGamma };
  return {
    maxAlpha,
    maxBeta,
    maxGamma,
    count: start.z + 2,
    index({ name, exponent }) {
      if (isOwn(name)) throw bug(`${name} belongs to an instance`);
      if (name === 'alpha' && exponent === -1) return 0;
      if ((name === 'z' || name === 'zeta') && exponent === 1) return start.z + (name === 'z' ? 0 : 1);
      if (exponent < 1 || name === 'z' || name === 'zeta') throw bug(`no constant ${name}^${exponent} on the chain`);
      return name === 'alpha' ? exponent : start[name] + exponent - 1;
    },
  };
}

/** a value of the text: its name, or a number that is folded into what uses it */
type Value = { name: string; bound: bigint; reduced?: Value } | { number: bigint };
type Named = Extract<Value, { name: string }>;

interface Part {
  name: string;
  groups: Group[];
  own: Own[];
}

/** Emits one chip as functions; each takes the sum so far and continues it. */
class ChipEmitter {
  readonly functions: string[] = [];
  readonly parts: Part[] = [];
  readonly #sizes: Record<Group, number>;
  #lines: string[] = [];
  #values = new Map<number, Value>();
  #cells = new Map<string, Named>();
  #used = new Map<Group, Set<number>>();
  #own = new Set<Own>();
  #products = 0;
  #next = 0;
  #sum: Named = { name: 'sum', bound: REDUCED };

  constructor(
    readonly component: Component,
    readonly table: ConstantTable,
  ) {
    this.#sizes = groupSizes(component, table.count);
  }

  #line(expression: string, bound: bigint): Named {
    if (bound >= LIMIT) throw bug(`${this.component.name}: ${expression} may leave the range of reduce`);
    const name = `v${this.#next++}`;
    this.#lines.push(`    let ${name} = ${expression};`);
    return { name, bound };
  }

  #reduce(value: Named): Named {
    if (value.bound <= REDUCED) return value;
    value.reduced ??= this.#line(`red(${value.name})`, REDUCED);
    return value.reduced as Named;
  }

  #product(x: Named, y: Named): Named {
    let [a, b] = [x, y];
    while (PRODUCT * a.bound * b.bound >= LIMIT) {
      if (a.bound >= b.bound) a = this.#reduce(a);
      else b = this.#reduce(b);
    }
    this.#products++;
    return this.#line(`mul(${a.name}, ${b.name})`, PRODUCT * a.bound * b.bound);
  }

  #addition(op: 'add' | 'sub', x: Value, y: Value): Value {
    const sign = op === 'add' ? 1n : -1n;
    if ('number' in x && 'number' in y) return { number: x.number + sign * y.number };
    if ('number' in y) {
      if (y.number === 0n) return x;
      const shift = sign * y.number;
      const a = x as Named;
      return this.#line(`add_constant(${a.name}, ${shift})`, a.bound + (shift < 0n ? -shift : shift));
    }
    if ('number' in x) {
      if (op === 'add') return this.#addition('add', y, x);
      if (x.number === 0n) return this.#line(`neg(${y.name})`, y.bound);
      return this.#line(`constant_sub(${x.number}, ${y.name})`, y.bound + (x.number < 0n ? -x.number : x.number));
    }
    let [a, b] = [x, y];
    if (a.bound + b.bound >= LIMIT) [a, b] = [this.#reduce(a), this.#reduce(b)];
    return this.#line(`${op}(${a.name}, ${b.name})`, a.bound + b.bound);
  }

  #multiplication(x: Value, y: Value): Value {
    if ('number' in x && 'number' in y) return { number: x.number * y.number };
    if ('number' in x) return this.#multiplication(y, x);
    if (!('number' in y)) return this.#product(x, y);
    if (y.number === 0n || y.number === 1n) return y.number === 0n ? y : x;
    const factor = y.number < 0n ? -y.number : y.number;
    const a = x.bound * factor >= LIMIT ? this.#reduce(x) : x;
    return this.#line(`scale(${a.name}, ${y.number})`, a.bound * factor);
  }

  /** a QM31 sample: four cells of a group */
  #sample(group: Group, index: number): Named {
    const key = `${group} ${index}`;
    const known = this.#cells.get(key);
    if (known) return known;
    if (!(index >= 0 && index < this.#sizes[group])) throw bug(`${this.component.name}: sample ${index} of ${group}`);
    const used = this.#used.get(group) ?? new Set<number>();
    this.#used.set(group, used);
    const into = group === 'constants' ? '' : '.into()';
    const cells = ['a', 'b', 'c', 'd'].map((coordinate, i) => {
      used.add(4 * index + i);
      return `${coordinate}: ${LETTER[group]}${4 * index + i}${into}`;
    });
    const value = this.#line(`Q { ${cells.join(', ')} }`, REDUCED);
    this.#cells.set(key, value);
    return value;
  }

  #evaluate(id: number): Value {
    const known = this.#values.get(id);
    if (known) return known;
    const value = this.#node(this.component.graph, id);
    this.#values.set(id, value);
    return value;
  }

  #node(graph: Graph, id: number): Value {
    const { component } = this;
    const node = graph.nodes[id]!;
    const fixed = component.preprocessed.length;
    switch (node.op) {
      case 'cell':
        if (!node.back) return node.index < fixed ? this.#sample('fixed', node.index) : this.#sample('base', node.index - fixed);
        return this.#sample('basePrevious', component.twoPoint.base.indexOf(node.index - fixed));
      case 'felt': {
        const group = node.back ? 'feltsPrevious' : 'felts';
        const index = node.back ? component.twoPoint.interaction.indexOf(node.index) : node.index;
        const parts = [0, 1, 2, 3].map((i) => this.#sample(group, 4 * index + i).name);
        return this.#line(`combine(${parts.join(', ')})`, PRODUCT * REDUCED);
      }
      case 'parameter': {
        const parameter = graph.parameters[node.index]!;
        if (!isOwn(parameter.name)) return this.#sample('constants', this.table.index(parameter));
        this.#own.add(parameter.name);
        return { name: OWN[parameter.name], bound: REDUCED };
      }
      case 'constant':
        return { number: BigInt(toSigned(node.value)) };
      case 'mul':
        return this.#multiplication(this.#evaluate(node.a), this.#evaluate(node.b));
      default:
        return this.#addition(node.op, this.#evaluate(node.a), this.#evaluate(node.b));
    }
  }

  /** ends the function that is being written */
  #close(): void {
    if (this.#lines.length === 0) return;
    const result = this.#reduce(this.#sum).name;
    const name = `${this.component.name}_${this.parts.length}`;
    const groups = GROUPS.filter((group) => this.#used.has(group));
    const own = [...this.#own].sort();
    const parameters = groups.map((group) => `${group}: Box<[${group === 'constants' ? 'felt252' : 'u32'}; ${4 * this.#sizes[group]}]>`);
    const patterns = groups.map((group) => {
      const used = this.#used.get(group)!;
      const cells = Array.from({ length: 4 * this.#sizes[group] }, (_, i) => (used.has(i) ? `${LETTER[group]}${i}` : '_'));
      return `    let [${cells.join(', ')}] = ${group}.unbox();`;
    });
    this.functions.push(
      [
        `#[inline(never)]`,
        `fn ${name}(${[...parameters, ...own.map((each) => `${OWN[each]}: Q`), 'c: Q', 'sum: Q'].join(', ')}) -> Q {`,
        ...patterns,
        ...this.#lines,
        `    ${result}`,
        '}',
      ].join('\n'),
    );
    this.parts.push({ name, groups, own });
    this.#lines = [];
    this.#values = new Map();
    this.#cells = new Map();
    this.#used = new Map();
    this.#own = new Set();
    this.#products = 0;
    this.#next = 0;
    this.#sum = { name: 'sum', bound: REDUCED };
  }

  emit(): void {
    const coefficient: Named = { name: 'c', bound: REDUCED };
    for (const { node } of [...this.component.constraints].reverse()) {
      const value = this.#evaluate(node);
      this.#sum = this.#addition('add', this.#product(this.#sum, coefficient), value) as Named;
      if (this.#products >= PRODUCTS_PER_PART) this.#close();
    }
    this.#close();
  }
}

/** first sample of each group of a chip: a field of the block of its samples */
const GROUP_START: Readonly<Record<Exclude<Group, 'constants'>, string>> = {
  fixed: 'fixed',
  base: 'base',
  felts: 'interaction',
  basePrevious: 'two_base',
  feltsPrevious: 'two_interaction',
};

/** M31 columns of a chip's interaction block that must be lifts: those that are opened one row back as well, then its last LogUp column */
export function interactionLifts(c: Component): number[] {
  const felts = [...c.twoPoint.interaction, interactionColumns(c) - 1];
  if (new Set(felts).size !== felts.length) throw bug(`${c.name}: the last LogUp column is read on the row before`);
  return felts.flatMap((f) => [0, 1, 2, 3].map((coordinate) => 4 * f + coordinate));
}

/** `gather_base(kind, row, ref out)`: the columns of a chip's block of a row that must be lifts */
function gatherFunction(
  name: string,
  components: readonly Component[],
  columns: (c: Component) => { width: number; lifts: readonly number[] },
): string {
  const arms = components.map((c, type) => {
    const { width, lifts } = columns(c);
    const body = lifts.length
      ? [
          '            pay_here();',
          '            let mut cells = row;',
          `            let [${Array.from({ length: width }, (_, i) => (lifts.includes(i) ? `c${i}` : '_')).join(', ')}] = (*cells.multi_pop_front::<${width}>().unwrap()).unbox();`,
          ...lifts.map((i) => `            out.append(c${i});`),
        ]
      : [];
    return [`        ${type === components.length - 1 ? '_' : type} => {`, ...body, '        },'].join('\n');
  });
  return [
    `/// appends the columns of a chip's ${name} block that must be lifts`,
    '#[inline(never)]',
    `fn gather_${name}(kind: u32, row: Span<u32>, ref out: Array<u32>) {`,
    '    match kind {',
    ...arms,
    '    }',
    '}',
  ].join('\n');
}

const ARGUMENTS = 'samples: Span<u32>, block: Block, constants: Constants, first: Q, rows: Q, c: Q, sum: Q';

/** `cpu_of(samples, …)`: the constraints of one instance; those of all chips behind `constraints_of(kind, samples, …)` */
function chipFunction({ component, parts }: ChipEmitter, sizes: Record<Group, number>): string {
  const groups = GROUPS.filter((group) => group !== 'constants' && parts.some((part) => part.groups.includes(group)));
  return [
    '#[inline(never)]',
    `fn ${component.name}_of(${ARGUMENTS}) -> Q {`,
    '    pay_here();',
    '    let mut sum = sum;',
    ...groups.flatMap((group) => [
      `    let mut cells = samples.slice(4 * block.${GROUP_START[group as keyof typeof GROUP_START]}, ${4 * sizes[group]});`,
      `    let ${group} = *cells.multi_pop_front::<${4 * sizes[group]}>().unwrap();`,
    ]),
    ...parts.flatMap(({ name, groups: read, own }) => [
      `    sum = ${name}(${[...read, ...own.map((each) => OWN[each]), 'c', 'sum'].join(', ')});`,
      '    barrier(0);',
    ]),
    '    sum',
    '}',
  ].join('\n');
}

/** The whole generated evaluator. */
export function airCairo(components: readonly Component[]): string {
  const table = constantTable(components);
  const functions = components.flatMap((component) => {
    const emitter = new ChipEmitter(component, table);
    emitter.emit();
    return [...emitter.functions, chipFunction(emitter, groupSizes(component, table.count))];
  });
  const names = ARGUMENTS.replace(/: [^,]+/g, '');
  return [
    '// Generated by contracts/class/emitter.ts from the chips (npm run gen): do not edit. The constraints of all chips at a point.',
    '',
    '/// A loop has an unknown ap change: what is alive across it moves to locals. Without it the known changes of the parts add up beyond',
    '/// the 16-bit offsets of CASM.',
    '#[inline(never)]',
    'fn barrier(n: u32) {',
    '    let mut i: u32 = 0;',
    '    while i != n {',
    '        i += 1;',
    '    };',
    '}',
    gatherFunction('base', components, (c) => ({ width: c.base.length, lifts: c.twoPoint.base })),
    gatherFunction('interaction', components, (c) => ({ width: 4 * interactionColumns(c), lifts: interactionLifts(c) })),
    ...functions,
    '/// Σ c^i C_i of one instance at the point of the samples (4 words each, at the places of its block), above the sum of the instances behind it',
    `fn constraints_of(kind: u32, ${ARGUMENTS}) -> Q {`,
    '    match kind {',
    ...components.map(({ name }, type) => `        ${type === components.length - 1 ? '_' : type} => ${name}_of(${names}),`),
    '    }',
    '}',
    '',
  ].join('\n');
}
