// Blake2s kernels, four messages at a time in the lanes: leaves over columns, nodes, proof of work.
// Source: RFC 7693; PCS.md §5, §9. Digests lie in groups of four: eight vectors, word by word (128 bytes), so a parent's message is
// shuffled together without a transposition. Caveat: counts are groups of four; a tree's last two layers are hashed elsewhere.
import { ROUND_ORDERS } from '../../../fri/core/blake2s.ts';
import { type Code, type FunctionBuilder, i8x16, i32, i32x4, type ModuleBuilder, v128 } from '../../emitter/module.ts';
import { CONSTANT } from '../map.ts';
import { DROPPED_LAYERS } from '../sizes.ts';
import { kernel } from './table.ts';

const ORDERS = ROUND_ORDERS.map((round) => Array.from(round, (digit) => Number.parseInt(digit, 16)));

/** groups whose states (8 KiB) stay in the first-level cache; a subtree is this wide */
export const CHUNK_GROUPS = 64;
/** bytes of a group of four digests */
export const GROUP_BYTES = 128;
const WORD_BYTES = 16;

/** The 16 words of the mixing in every lane, and what comes after them. */
class Mixing {
  readonly #f: FunctionBuilder;
  readonly #rotate16: Code;
  readonly #rotate8: Code;
  readonly v: Code[];

  /**
   * @param bytes message bytes so far, in all lanes
   * @param last all ones in a last block, else 0
   */
  constructor(
    f: FunctionBuilder,
    readonly state: readonly Code[],
    bytes: Code,
    last: Code,
  ) {
    this.#f = f;
    this.#rotate16 = f.let(v128.load(CONSTANT.rotate16));
    this.#rotate8 = f.let(v128.load(CONSTANT.rotate8));
    const initial = (i: number): Code => v128.load32Splat(CONSTANT.initial + 4 * i);
    const tail = [v128.xor(initial(4), bytes), initial(5), v128.xor(initial(6), last), initial(7)];
    this.v = [...state, ...[0, 1, 2, 3].map((i) => f.let(initial(i))), ...tail.map((x) => f.let(x))];
  }

  #rotate(x: Code, count: number): Code {
    const y = this.#f.let(x);
    if (count === 16) return this.#f.let(i8x16.swizzle(y, this.#rotate16));
    if (count === 8) return this.#f.let(i8x16.swizzle(y, this.#rotate8));
    return this.#f.let(v128.or(i32x4.shrU(y, count), i32x4.shl(y, 32 - count)));
  }

  #mix(a: number, b: number, c: number, d: number, x: Code, y: Code): void {
    const v = this.v;
    const f = this.#f;
    v[a] = f.let(i32x4.add(i32x4.add(v[a]!, v[b]!), x));
    v[d] = this.#rotate(v128.xor(v[d]!, v[a]), 16);
    v[c] = f.let(i32x4.add(v[c]!, v[d]));
    v[b] = this.#rotate(v128.xor(v[b]!, v[c]), 12);
    v[a] = f.let(i32x4.add(i32x4.add(v[a], v[b]), y));
    v[d] = this.#rotate(v128.xor(v[d], v[a]), 8);
    v[c] = f.let(i32x4.add(v[c], v[d]));
    v[b] = this.#rotate(v128.xor(v[b], v[c]), 7);
  }

  /** half rounds `from` to `to` - 1: columns are even, diagonals odd */
  run(message: readonly Code[], from = 0, to = 2 * ORDERS.length): void {
    for (let half = from; half < to; half++) {
      const word = (i: number): Code => message[ORDERS[half >> 1]![i]!]!;
      for (let i = 0; i < 4; i++)
        if (half % 2 === 0) this.#mix(i, 4 + i, 8 + i, 12 + i, word(2 * i), word(2 * i + 1));
        else this.#mix(i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3), word(8 + 2 * i), word(9 + 2 * i));
    }
  }

  /** word `i` of the new state */
  result(i: number): Code {
    return this.#f.let(v128.xor(this.state[i]!, v128.xor(this.v[i]!, this.v[i + 8]!)));
  }
}

/** One compression in every lane: the new state. */
function compress(f: FunctionBuilder, state: readonly Code[], message: readonly Code[], bytes: Code, last: Code): Code[] {
  const mixing = new Mixing(f, state, bytes, last);
  mixing.run(message);
  return state.map((_, i) => mixing.result(i));
}

/** the eight words of a start state in all lanes */
const startState = (f: FunctionBuilder, address: number): Code[] =>
  Array.from({ length: 8 }, (_, i) => f.let(v128.load32Splat(address + 4 * i)));

const TOP_BYTE = 8;

function storeDigest(f: FunctionBuilder, to: Code, words: readonly Code[]): void {
  words.forEach((word, i) => {
    f.emit(v128.store(to, i === 7 ? i32x4.shrU(i32x4.shl(word, TOP_BYTE), TOP_BYTE) : word, i * WORD_BYTES));
  });
}

/** a call of a function of the module */
type WasmFunction = ReturnType<ModuleBuilder['function']>;

export function blakeKernels(m: ModuleBuilder): void {
  const absorb = absorbFunction(m);
  const raise = raiseFunction(m);
  const nodes = nodesFunction(m);
  const subtree = subtreeKernel(m, nodes);
  const absorbBlocks = absorbBlocksFunction(m, absorb, raise);
  leafGroupKernel(m, absorbBlocks);
  leavesKernel(m, nodes, subtree, absorbBlocks);
  grindKernel(m);
}

/**
 * absorb(columns, states, group, groups, bytes, last, start): one block of 16 columns into the states of `groups` groups of rows.
 * `columns`: 16 pairs (address, lift); a lifted column of height k - lift is read at ((row >> (lift + 1)) << 1) | (row & 1).
 * `start` ≠ 0: states are not read, they begin here; `last` ≠ 0: the digests are cut to 248 bits
 */
function absorbFunction(m: ModuleBuilder): WasmFunction {
  return m.function(
    'absorb',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    (f, columns, states, group, groups, bytes, last, start) => {
      const at = f.variable('i32', i32.add(states.value, i32.shl(group.value, 7)));
      const end = f.let(i32.add(group.value, groups.value));
      const counter = f.let(i32x4.splat(bytes.value));
      const final = f.let(i32x4.splat(i32.sub(0, i32.ne(last.value, 0))));
      f.repeat(() => {
        const message = Array.from({ length: 16 }, (_, c) => {
          const word = f.variable('v128');
          const address = f.let(i32.load(columns.value, 8 * c));
          const lift = f.let(i32.load(columns.value, 8 * c + 4));
          f.if(
            i32.eqz(lift),
            () => f.set(word, v128.load(i32.add(address, i32.shl(group.value, 4)))),
            () => f.set(word, v128.load64Splat(i32.add(address, i32.shl(i32.shrU(i32.shl(group.value, 2), i32.add(lift, 1)), 3)))),
          );
          return word.value;
        });
        const state = Array.from({ length: 8 }, () => f.variable('v128'));
        f.if(
          start.value,
          () => {
            for (const [i, word] of startState(f, CONSTANT.leafState).entries()) f.set(state[i]!, word);
          },
          () => {
            for (const [i, word] of state.entries()) f.set(word, v128.load(at.value, i * WORD_BYTES));
          },
        );
        const after = compress(
          f,
          state.map((s) => s.value),
          message,
          counter,
          final,
        );
        f.if(
          last.value,
          () => storeDigest(f, at.value, after),
          () => {
            for (const [i, word] of after.entries()) f.emit(v128.store(at.value, word, i * WORD_BYTES));
          },
        );
        f.set(at, i32.add(at.value, GROUP_BYTES));
        f.set(group, i32.add(group.value, 1));
        return i32.ltU(group.value, end);
      });
    },
  );
}

/** raise(from, to, lift, group, groups): states of a lower height copied up by `lift` ≥ 1 */
function raiseFunction(m: ModuleBuilder): WasmFunction {
  return m.function('raise', ['i32', 'i32', 'i32', 'i32', 'i32'], (f, from, to, lift, group, groups) => {
    const end = f.let(i32.add(group.value, groups.value));
    f.repeat(() => {
      const row = f.let(i32.shl(i32.shrU(i32.shl(group.value, 2), i32.add(lift.value, 1)), 1));
      const source = f.let(i32.add(from.value, i32.add(i32.shl(i32.shrU(row, 2), 7), i32.shl(i32.and(row, 2), 2))));
      const target = f.let(i32.add(to.value, i32.shl(group.value, 7)));
      for (let i = 0; i < 8; i++) f.emit(v128.store(target, v128.load64Splat(source, i * WORD_BYTES), i * WORD_BYTES));
      f.set(group, i32.add(group.value, 1));
      return i32.ltU(group.value, end);
    });
  });
}

/** nodes(children, parents, groups): four parents from two groups of children */
function nodesFunction(m: ModuleBuilder): WasmFunction {
  return m.function('nodes', ['i32', 'i32', 'i32'], (f, children, parents, groups) => {
    const end = f.let(i32.add(parents.value, i32.shl(groups.value, 7)));
    const bytes = f.let(v128.const(64));
    const last = f.let(v128.const(-1));
    f.repeat(() => {
      const message: Code[] = [];
      for (const lanes of [
        [0, 2, 4, 6],
        [1, 3, 5, 7],
      ])
        for (let i = 0; i < 8; i++) {
          const first = v128.load(children.value, i * WORD_BYTES);
          message.push(f.let(i32x4.shuffle(first, v128.load(children.value, GROUP_BYTES + i * WORD_BYTES), lanes)));
        }
      storeDigest(f, parents.value, compress(f, startState(f, CONSTANT.nodeState), message, bytes, last));
      f.set(children, i32.add(children.value, 2 * GROUP_BYTES));
      f.set(parents, i32.add(parents.value, GROUP_BYTES));
      return i32.ltU(parents.value, end);
    });
  });
}

/**
 * subtree(layers, group, groups): all layers above `groups` (a power of two) groups of leaves, up to one group.
 * `layers`: addresses of the tree's layers, leaves first
 */
function subtreeKernel(m: ModuleBuilder, nodes: WasmFunction) {
  return kernel(m, 'subtree', (f, { layers, group, groups }) => {
    f.while(
      () => i32.gtU(groups.value, 1),
      () => {
        const children = i32.add(i32.load(layers.value), i32.shl(group.value, 7));
        const parents = i32.add(i32.load(layers.value, 4), i32.shl(i32.shrU(group.value, 1), 7));
        f.set(groups, i32.shrU(groups.value, 1));
        f.emit(nodes(children, parents, groups.value));
        f.set(group, i32.shrU(group.value, 1));
        f.set(layers, i32.add(layers.value, 4));
      },
    );
  });
}

/**
 * absorbBlocks(stage, states, group, groups): all blocks of a stage. A stage is: states of its height (0: they stay in scratch), states of the
 * height below (or 0), lift from there, number of column blocks, layers of the tree from the first stored one on (or 0); then a block each:
 * bytes, last, columns.
 */
function absorbBlocksFunction(m: ModuleBuilder, absorb: WasmFunction, raise: WasmFunction): WasmFunction {
  return m.function('absorbBlocks', ['i32', 'i32', 'i32', 'i32'], (f, stage, states, group, groups) => {
    const below = f.let(i32.load(stage.value, 4));
    f.if(below, () => f.emit(raise(below, states.value, i32.load(stage.value, 8), group.value, groups.value)));
    const count = f.let(i32.load(stage.value, 12));
    const block = f.variable('i32', i32.add(stage.value, STAGE_BYTES));
    f.for(0, count, 1, (i) => {
      const start = i32.eqz(i32.or(below, i));
      const header = [i32.load(block.value), i32.load(block.value, 4)] as const;
      f.emit(absorb(i32.add(block.value, 8), states.value, group.value, groups.value, header[0], header[1], start));
      f.set(block, i32.add(block.value, BLOCK_BYTES));
    });
  });
}

/** leafGroup(stage, group, out): the digests of one group of leaves */
function leafGroupKernel(m: ModuleBuilder, absorbBlocks: WasmFunction): void {
  kernel(m, 'leafGroup', (f, { stage, group, out }) => {
    f.emit(absorbBlocks(stage.value, i32.sub(out.value, i32.shl(group.value, 7)), group.value, 1));
  });
}

/**
 * leaves(stage, group, groups): a stage for some rows, and the layers of the tree above them. Without states of its own the
 * DROPPED_LAYERS lowest ones never leave the cache; the layers then begin with the one above them
 */
function leavesKernel(m: ModuleBuilder, nodes: WasmFunction, subtree: ReturnType<typeof subtreeKernel>, absorbBlocks: WasmFunction): void {
  kernel(m, 'leaves', (f, { stage, first, groups }) => {
    const states = f.let(i32.load(stage.value));
    const layers = f.let(i32.load(stage.value, 16));
    const end = f.let(i32.add(first.value, groups.value));
    const chunk = f.let(i32.select(groups.value, i32.const(CHUNK_GROUPS), i32.ltU(groups.value, CHUNK_GROUPS)));
    f.for(first.value, end, chunk, (group) => {
      f.if(
        states,
        () => {
          f.emit(absorbBlocks(stage.value, states, group, chunk));
          f.if(layers, () => f.emit(subtree({ layers, group, groups: chunk })));
        },
        () => {
          const leaves = f.let(m.scratch);
          const pairs = f.let(i32.add(leaves, CHUNK_GROUPS * GROUP_BYTES));
          f.emit(absorbBlocks(stage.value, i32.sub(leaves, i32.shl(group, 7)), group, chunk));
          // the two rooms take turns: a layer is not needed any more when the one above it is there
          let [below, above] = [leaves, pairs];
          for (let layer = 1; layer < DROPPED_LAYERS; layer++) {
            f.emit(nodes(below, above, i32.shrU(chunk, layer)));
            [below, above] = [above, below];
          }
          const kept = f.let(i32.shrU(chunk, DROPPED_LAYERS));
          const at = f.let(i32.shrU(group, DROPPED_LAYERS));
          f.emit(nodes(below, i32.add(i32.load(layers), i32.shl(at, 7)), kept));
          f.emit(subtree({ layers, group: at, groups: kept }));
        },
      );
    });
  });
}

/**
 * grind(digest, mask, bits, low, high, count, result): the smallest of `count` (a multiple of 4) nonces from low on with
 * word 0 & mask = 0 is stored at `result`, which is left alone if there is none
 */
function grindKernel(m: ModuleBuilder): void {
  kernel(m, 'grind', (f, { digest, mask, bits, low, high, count, result }) => {
    const zero = f.let(v128.const(0));
    const message = Array.from({ length: 16 }, (_, i) =>
      i < 8
        ? f.let(v128.load32Splat(digest.value, 4 * i))
        : i === 8
          ? f.let(i32x4.splat(bits.value))
          : i === 10
            ? f.let(i32x4.splat(high.value))
            : zero,
    );
    const nonces = f.variable('v128', i32x4.add(i32x4.splat(low.value), v128.load(CONSTANT.lanes)));
    const masks = f.let(i32x4.splat(mask.value));
    const state = startState(f, CONSTANT.workState);
    const bytes = f.let(v128.const(44));
    const last = f.let(v128.const(-1));
    const four = f.let(v128.const(4));
    // the first half round does not see the nonce, which is word 9
    const mixing = new Mixing(f, state, bytes, last);
    mixing.run(message, 0, 1);
    const prepared = [...mixing.v];
    f.repeat(() => {
      message[9] = nonces.value;
      mixing.v.splice(0, 16, ...prepared);
      mixing.run(message, 1);
      const hits = f.let(i32x4.bitmask(i32x4.eq(v128.and(mixing.result(0), masks), zero)));
      f.if(hits, () => {
        f.emit(i32.store(result.value, i32.add(low.value, i32.ctz(hits))));
        f.return();
      });
      f.set(nonces, i32x4.add(nonces.value, four));
      f.set(low, i32.add(low.value, 4));
      f.set(count, i32.sub(count.value, 4));
      return count.value;
    });
  });
}

/** bytes of a stage's header, and of one block of columns in it */
export const STAGE_BYTES = 20;
export const BLOCK_BYTES = 8 + 16 * 8;
