// The view Model without a browser: which boxes a graph is read as, where they stand, fields of the treemap, pairs of two compiles, and what a report of
// anybody must look like. Source: web/views/model, web/report/read.ts.
// Slow: blocks of a transformer are compiled, and chains of thousands of nodes folded.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gpt2Block } from '../../bench/networks-onnx.ts';
import { type ModelPicture, type PictureNode, pictureOf } from '../../compile.ts';
import { compileOnnx } from '../../compiler/index.ts';
import { encodeReport } from '../../compiler/report/stored.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { Model } from '../../vm/library/model.ts';
import { pictureOfText } from '../../web/report/read.ts';
import { type Box, boxesOf, foldable, linksOf, openAtFirst, pathTo, seenBoxes } from '../../web/views/model/boxes.ts';
import { familyOf, figureOf } from '../../web/views/model/figures.ts';
import { BOX, placed, waists } from '../../web/views/model/layout.ts';
import { chipPairs, pairsOf } from '../../web/views/model/matching.ts';
import { boxName, isLike } from '../../web/views/model/names.ts';
import { cellsOfBoxes, GROUPS, tilesOf } from '../../web/views/model/tiles.ts';
import { fitted, held, showing, zoomedAt } from '../../web/views/model/zoom.ts';
import { modelOf } from '../library/kit.ts';

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

/** a node of a chain: `Conv 3` reads the one before */
const nodeOf = (operator: string, index: number, reads: number[], shape = [1, 8]): PictureNode => ({
  kind: 'node',
  name: `${operator}_${index}`,
  parts: [{ operator, index, name: `${operator}_${index}` }],
  reads,
  shape,
  cells: 10 + index,
});
const chain = (operators: readonly string[]): PictureNode[] => operators.map((operator, i) => nodeOf(operator, i, i === 0 ? [] : [i - 1]));
const kinds = (boxes: readonly Box[]): string[] => boxes.map(({ kind, nodes, children }) => `${kind} ${nodes.length}/${children.length}`);

let transformer: Promise<ModelPicture> | undefined;
/** four blocks of a transformer */
const transformerOf = (): Promise<ModelPicture> => {
  transformer ??= (async () => {
    const { model, calibration } = gpt2Block(8, 16, 2, 4);
    const { program, report } = compileOnnx(model, { calibration, activationBits: 10, acceptError: 1 });
    return pictureOf(Model.load(encodeProgram(program, encodeReport({ samples: 1, report }))));
  })();
  return transformer;
};

describe('boxes', () => {
  test('a block that is repeated is one box, what differs stands beside it', () => {
    const nodes = chain(['Conv', 'Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm', 'Relu', 'Softmax']);
    const boxes = boxesOf(nodes);
    expect(kinds(boxes)).toEqual(['node 1/0', 'repeat 6/3', 'node 1/0']);
    expect(kinds(boxes[1]!.children)).toEqual(['block 2/2', 'block 2/2', 'block 2/2']);
    expect(boxName(nodes, boxes[1]!)).toEqual({ title: '2 nodes × 3', detail: 'Gemm, Relu' });
    expect(boxName(nodes, boxes[1]!.children[1]!, [boxes[1]!])).toEqual({ title: 'Block 2 of 3', detail: 'Gemm, Relu' });
  });

  test('blocks of other shapes, or that read other nodes, are none', () => {
    const shapes = chain(['Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm', 'Relu']).map((node, i) => ({ ...node, shape: [1, i] }));
    expect(kinds(boxesOf(shapes))).toEqual(Array(6).fill('node 1/0'));
    const wired = chain(['Conv', 'Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm', 'Relu']);
    // the third block reads the first node instead of the block before
    wired[5] = { ...wired[5]!, reads: [0] };
    expect(kinds(boxesOf(wired))).toEqual(['node 1/0', 'repeat 4/2', 'node 1/0', 'node 1/0']);
  });

  test('two alike are no chain, three are', () => {
    expect(kinds(boxesOf(chain(['Conv', 'Gemm', 'Gemm', 'Relu'])))).toEqual(Array(4).fill('node 1/0'));
    expect(kinds(boxesOf(chain(['Conv', 'Gemm', 'Gemm', 'Gemm', 'Relu'])))).toEqual(['node 1/0', 'repeat 3/3', 'node 1/0']);
  });

  test('four layers of a transformer are one layer, four times; a step of its softmax is in the box of that', async () => {
    const { nodes } = await transformerOf();
    const boxes = boxesOf(nodes);
    expect(boxes.map(({ kind }) => kind)).toEqual(['node', 'repeat', 'node']);
    expect(boxes[1]!.children).toHaveLength(4);
    const [first] = boxes[1]!.children;
    expect(first!.children.map((box) => boxName(nodes, box).title)).toContain('Softmax');
    const step = nodes.findIndex(({ parts }) => parts[0]?.operator === 'Softmax');
    expect(pathTo(boxes, ({ kind, nodes: own }) => kind === 'node' && own[0] === step).map(({ kind }) => kind)).toEqual([
      'repeat',
      'block',
      'onnx',
      'node',
    ]);
    // three boxes are read at once, a hundred are not
    expect(seenBoxes(boxes, openAtFirst(boxes))).toHaveLength(3);
  });

  test('whatever is open, every node is in exactly one box that is seen, in order, and edges are those of the nodes', async () => {
    const { nodes } = await transformerOf();
    const boxes = boxesOf(nodes);
    const ids = foldable(boxes).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    fc.assert(
      fc.property(fc.subarray(ids), (open) => {
        const seen = seenBoxes(boxes, new Set(open));
        expect(seen.flatMap(({ nodes: own }) => own)).toEqual([...nodes.keys()]);
        for (const { from, to, reads } of linksOf(nodes, seen)) {
          expect(from).not.toBe(to);
          for (const read of reads) {
            expect(seen[from]!.nodes).toContain(read);
            expect(seen[to]!.nodes.some((i) => nodes[i]!.reads.includes(read))).toBe(true);
          }
        }
        expect(sum(seen.map((box) => figureOf('cells', nodes, box)!))).toBe(sum(nodes.map(({ cells }) => cells)));
      }),
      { numRuns: 30 },
    );
  });

  test('a graph of any wiring is cut into boxes that hold every node once', () => {
    const graph = fc
      .array(fc.tuple(fc.constantFrom('Gemm', 'Relu', 'Add'), fc.array(fc.nat(5), { maxLength: 2 })), { maxLength: 40 })
      .map((list) =>
        list.map(([operator, back], i) =>
          nodeOf(
            operator,
            i,
            back.map((step) => i - 1 - step).filter((from) => from >= 0),
          ),
        ),
      );
    fc.assert(
      fc.property(graph, (nodes) => {
        expect(boxesOf(nodes).flatMap(({ nodes: own }) => own)).toEqual([...nodes.keys()]);
      }),
    );
  });

  test('thousands of nodes are folded', () => {
    const nodes = chain(['Conv', ...Array.from({ length: 3000 }, (_, i) => ['Gemm', 'Relu', 'Add'][i % 3]!)]);
    expect(kinds(boxesOf(nodes))).toEqual(['node 1/0', 'repeat 3000/1000']);
    // the first one reads nothing, so the chain begins with the second
    expect(kinds(boxesOf(nodes.slice(1).map((node, i) => ({ ...node, reads: i === 0 ? [] : [i - 1] }))))).toEqual([
      ...Array(3).fill('node 1/0'),
      'repeat 2997/999',
    ]);
  });

  test('of a figure that was not measured nothing is made up', () => {
    const nodes = [nodeOf('Gemm', 0, []), { ...nodeOf('Gemm', 1, [0]), error: 0.5, saturated: 0 }];
    const box = (own: number[]): Box => ({ id: 'x', kind: 'block', nodes: own, children: [] });
    expect(figureOf('error', nodes, box([0]))).toBeUndefined();
    expect(figureOf('error', nodes, box([0, 1]))).toBe(0.5);
    expect(figureOf('saturated', nodes, box([0, 1]))).toBe(0);
  });

  test('operators have their families', () => {
    const family = (operator: string): string => familyOf(nodeOf(operator, 0, []));
    expect(['Conv', 'LayerNormalization', 'Relu', 'MaxPool', 'Add', 'Reshape', 'NobodyKnows'].map(family)).toEqual([
      'products',
      'norm',
      'activation',
      'pooling',
      'arithmetic',
      'movement',
      'arithmetic',
    ]);
  });

  test('are found by a part of their operators or names, or by their number', () => {
    const node = nodeOf('LayerNormalization', 12, []);
    expect(['norm', 'layernormalization_1', '#12', ' NORM '].map((text) => isLike(node, text))).toEqual([true, true, true, true]);
    expect(['', ' ', '#1', '#120', 'conv'].map((text) => isLike(node, text))).toEqual(Array(5).fill(false));
  });
});

describe('places', () => {
  test('every box has one, none covers another, and a reader is below what it reads', async () => {
    const { nodes } = await transformerOf();
    const boxes = boxesOf(nodes);
    const seen = seenBoxes(boxes, new Set(foldable(boxes).flatMap(({ kind, id }) => (kind === 'onnx' ? [] : [id]))));
    const { boxes: places, links, width, height } = placed(nodes, seen);
    expect(places).toHaveLength(seen.length);
    for (const [i, { x, y }] of places.entries()) {
      expect(x >= 0 && y >= 0 && x + BOX.width <= width && y + BOX.height <= height).toBe(true);
      for (const other of places.slice(i + 1))
        expect(Math.abs(other.x - x) >= BOX.width || Math.abs(other.y - y) >= BOX.height, `${i}`).toBe(true);
    }
    for (const { from, to, path } of links) {
      expect(places[to]!.y).toBeGreaterThan(places[from]!.y);
      expect(path).toMatch(/^M[\d.-]+,[\d.-]+ /);
    }
  });

  test('parts between boxes that everything goes through are placed alone', () => {
    const linksIn = (list: readonly (readonly [number, number])[]) => list.map(([from, to]) => ({ from, to, reads: new Set([from]) }));
    // 0 → 1 → 2 → 3 → 4, and a second way from 1 to 3
    expect(
      waists(
        5,
        linksIn([
          [0, 1],
          [1, 2],
          [2, 3],
          [1, 3],
          [3, 4],
        ]),
      ),
    ).toEqual([1, 3]);
    // 2 begins by itself, so the graph is one until there
    expect(
      waists(
        5,
        linksIn([
          [0, 1],
          [1, 3],
          [2, 3],
          [3, 4],
        ]),
      ),
    ).toEqual([3]);
    // 2 ends by itself, so it is one from there on
    expect(
      waists(
        5,
        linksIn([
          [0, 1],
          [1, 2],
          [1, 3],
          [3, 4],
        ]),
      ),
    ).toEqual([1]);
    expect(waists(2, linksIn([[0, 1]]))).toEqual([]);
    expect(waists(0, [])).toEqual([]);
  });

  test('of any wiring none covers another, and readers are below', () => {
    const graph = fc
      .array(fc.array(fc.nat(4), { maxLength: 2 }), { minLength: 1, maxLength: 24 })
      .map((list) =>
        list.map((back, i) => nodeOf('Gemm', i, [...new Set(back.map((step) => i - 1 - step).filter((from) => from >= 0))], [1, i])),
      );
    fc.assert(
      fc.property(graph, (nodes) => {
        const { boxes, links, width, height } = placed(nodes, boxesOf(nodes));
        for (const [i, { x, y }] of boxes.entries()) {
          expect(x >= 0 && y >= 0 && x + BOX.width <= width && y + BOX.height <= height).toBe(true);
          for (const other of boxes.slice(i + 1))
            expect(Math.abs(other.x - x) >= BOX.width || Math.abs(other.y - y) >= BOX.height).toBe(true);
        }
        for (const { from, to } of links) expect(boxes[to]!.y).toBeGreaterThan(boxes[from]!.y);
      }),
      { numRuns: 60 },
    );
  });

  test('a camera keeps the point under the pointer, shows a box, and leaves no empty edge', () => {
    const camera = { x: 10, y: -20, k: 0.5 };
    const at = { x: 100, y: 50 };
    const point = ({ x, y, k }: typeof camera): number[] => [(at.x - x) / k, (at.y - y) / k];
    const zoomed = zoomedAt(camera, 1.7, at);
    expect(point(zoomed)[0]).toBeCloseTo(point(camera)[0]!, 9);
    expect(point(zoomed)[1]).toBeCloseTo(point(camera)[1]!, 9);
    const screen = { width: 300, height: 200 };
    const box = { x: 1000, y: 900, width: 212, height: 60 };
    const { x, y, k } = showing(camera, screen, box);
    expect(box.x * k + x).toBeGreaterThanOrEqual(0);
    expect((box.x + box.width) * k + x).toBeLessThanOrEqual(screen.width);
    expect((box.y + box.height) * k + y).toBeLessThanOrEqual(screen.height);
    expect(held({ x: 50, y: 50, k: 1 }, screen, { width: 900, height: 100 })).toEqual({ x: 0, y: 50, k: 1 });
    expect(fitted(screen, { width: 600, height: 100 })).toEqual({ x: 0, y: 75, k: 0.5 });
  });
});

describe('the treemap', () => {
  test.each(GROUPS)('grouped by %s has an area for every cell, and fields that add up', async (group) => {
    const picture = pictureOf(await modelOf('lenet'));
    const list = seenBoxes(boxesOf(picture.nodes), new Set());
    const owned = cellsOfBoxes(picture, list);
    expect(sum(owned.map(({ cells }) => cells))).toBe(picture.cells);
    const [width, height] = [1200, 700];
    const { fields, tiles } = tilesOf(picture, owned, group, width, height);
    expect(sum(fields.map(({ cells }) => cells))).toBe(picture.cells);
    for (const [i, field] of fields.entries()) {
      const own = tiles.filter((tile) => tile.group === i);
      expect(sum(own.map(({ cells }) => cells))).toBeLessThanOrEqual(field.cells);
      for (const tile of own) {
        expect(tile.x >= field.x && tile.y >= field.y).toBe(true);
        expect(tile.x + tile.width <= field.x + field.width && tile.y + tile.height <= field.y + field.height).toBe(true);
      }
    }
    // areas are cells, up to gaps and headings
    const [largest] = [...tiles].sort((a, b) => b.cells - a.cells);
    expect((largest!.width * largest!.height) / (width * height)).toBeCloseTo(largest!.cells / picture.cells, 1);
  });

  test('by kind of column counts lookups as the library does', async () => {
    const picture = pictureOf(await modelOf('lenet'));
    const { fields } = tilesOf(picture, [], 'column', 800, 600);
    expect(fields.find(({ column }) => column === 'lookups')!.cells).toBe(sum(picture.owned.map(({ lookupCells }) => lookupCells)));
  });
});

describe('side by side', () => {
  test('two compiles are paired node by node; what one alone has stands alone, where it comes', () => {
    const picture = (nodes: PictureNode[]): ModelPicture => ({ nodes, chips: [] }) as unknown as ModelPicture;
    const left = chain(['Conv', 'Relu', 'Gemm', 'Gemm']);
    const right = [left[0]!, { ...left[2]!, cells: 99 }, nodeOf('Softmax', 9, []), left[3]!];
    expect(pairsOf(picture(left), picture(right)).map((pair) => [pair.left?.name, pair.right?.name])).toEqual([
      ['Conv_0', 'Conv_0'],
      ['Relu_1', undefined],
      ['Gemm_2', 'Gemm_2'],
      [undefined, 'Softmax_9'],
      ['Gemm_3', 'Gemm_3'],
    ]);
  });

  test('nodes that share a name are paired in their order, all of them, and chips add up', async () => {
    const picture = await transformerOf();
    const pairs = pairsOf(picture, picture);
    expect(pairs).toHaveLength(picture.nodes.length);
    expect(pairs.every(({ left, right }) => left === right)).toBe(true);
    const chips = chipPairs(picture, picture);
    expect([sum(chips.map(({ left }) => left)), sum(chips.map(({ right }) => right))]).toEqual([picture.cells, picture.cells]);
  });
});

describe('a report of anybody', () => {
  test('is read where it is one', async () => {
    const picture = pictureOf(await modelOf('lenet'));
    expect(pictureOfText(JSON.stringify(picture))).toEqual(picture);
    const transformer_ = await transformerOf();
    expect(pictureOfText(JSON.stringify(transformer_))).toEqual(JSON.parse(JSON.stringify(transformer_)));
  });

  test.each<[string, (picture: ModelPicture) => unknown]>([
    ['reads that lead on', ({ nodes }) => Object.assign(nodes[2]!, { reads: [5] })],
    ['reads of nothing', ({ nodes }) => Object.assign(nodes[2]!, { reads: [-1] })],
    ['an owner that is no node', ({ owned }) => Object.assign(owned[0]!, { owner: 1000 })],
    ['an owner by another name', ({ owned }) => Object.assign(owned[0]!, { owner: '__proto__' })],
    ['cells that are a text', ({ nodes }) => Object.assign(nodes[1]!, { cells: '<b>' })],
    ['a name that is an object', (picture) => Object.assign(picture, { name: { type: 'script' } })],
    [
      'a part that is an object',
      ({ nodes }) => Object.assign(nodes[1]!, { parts: [{ operator: { dangerouslySetInnerHTML: 1 }, name: '' }] }),
    ],
    ['another kind of node', ({ nodes }) => Object.assign(nodes[1]!, { kind: 'script' })],
    ['no nodes', (picture) => Object.assign(picture, { nodes: undefined })],
    ['an infinite number', ({ chips }) => Object.assign(chips[0]!, { cells: Number.POSITIVE_INFINITY })],
  ])('with %s is none', async (_what, change) => {
    const picture = structuredClone(pictureOf(await modelOf('lenet')));
    change(picture);
    expect(pictureOfText(JSON.stringify(picture))).toBeUndefined();
  });

  test('nor is other JSON, or what is no JSON', () => {
    for (const text of ['', 'null', '[]', '{', '"text"', '{"nodes":[]}']) expect(pictureOfText(text), text).toBeUndefined();
  });
});
