// Rows of which masks leave nothing. What a softmax or a maximum makes of them depends on how large the masks are, which is exactly what the compiler
// does away with. So it is decided for every extreme whether the limited masks do the same there whatever the inputs are; else its result
// must be above the masks, or the input cannot be run. Source: onnxruntime's float32, where -1e9 leaves nothing of a score and -inf - -inf is NaN.
// Caveat: a softmax that subtracts no maximum, and the ranks of TopK, are not looked at.
import type { Presence } from '../operators/operator.ts';
import type { Limits } from '../stages/known.ts';
import type { GraphNode } from './node.ts';
import { isLarge, type Survey } from './survey.ts';

/** operators that move elements, or nothing */
const VIEWS = new Set(['Reshape', 'Select', 'Identity', 'Unsqueeze', 'Squeeze', 'Flatten', 'Transpose', 'Cast', 'Dropout']);
/** the trees of extremes, and windows */
const EXTREMES = new Set(['Larger', 'Smaller', 'MaxPool']);
/** float32 keeps a score beside a mask to within this, or nothing of it */
const KEPT = 0.01;
/** share by which scores may be larger than in the samples */
const LARGER = 1.15;

/** whether a node has the elements of its first input only: a Select of several values is a choice */
const isView = ({ context: { node } }: GraphNode): boolean =>
  VIEWS.has(node.operator) && !(node.operator === 'Select' && node.inputs.length > 2);

/** What is known of the masks in a value. */
interface Parts {
  /** how many an element may have at once */
  count: number;
  /** their absolute values */
  sizes: ReadonlySet<number>;
  /** inputs of the graph that which elements have them depends on */
  by: ReadonlySet<string>;
  /** scores are among the elements */
  after: boolean;
  /** some were added to scores; else they stand in their place */
  added: boolean;
}

const NONE: Parts = { count: 0, sizes: new Set(), by: new Set(), after: false, added: false };

/** Of a place where masks meet scores: how far those reach, what lies between them and the masks, and whether masks become one number there. */
export interface Meeting {
  reach: number;
  between: Limits;
  limited: boolean;
}

/** Inputs of the graph that a value is computed from. */
function inputsOf({ makers, graph }: Survey, start: string): Set<string> {
  const names = new Set([start]);
  for (const name of names) for (const input of makers.get(name)?.context.node.inputs ?? []) names.add(input);
  return new Set(graph.inputs.map(({ name }) => name).filter((name) => names.has(name)));
}

/** The masks in a value, by what computes it. */
function partsOf(all: Survey, meetings: ReadonlyMap<string, Meeting>): (name: string) => Parts {
  const known = new Map<string, Parts>();
  const valuesOf = (name: string): Set<number> => new Set([...(all.seen.get(name)?.values ?? [])].map(Math.abs));
  const of = (name: string): Parts => {
    const found = known.get(name) ?? made(name);
    known.set(name, found);
    return found;
  };
  const made = (name: string): Parts => {
    if (!isLarge(all.seen.get(name))) return NONE;
    const node = all.makers.get(name)?.context.node;
    if (!node) return { ...NONE, count: 1, sizes: valuesOf(name), by: inputsOf(all, name) };
    const { operator } = node;
    const read = node.inputs.filter(
      (input, i) => input !== '' && !(operator === 'Select' && i % 2 === 1) && !(operator === 'Where' && i === 0),
    );
    const parts = read.map(of);
    const any = (what: (part: Parts) => boolean): boolean => parts.some(what);
    const sums = operator === 'Add' || operator === 'Sub';
    const chooses = operator === 'Where' || operator === 'Select';
    const counts = parts.map(({ count }) => count);
    const most = Math.max(0, ...counts);
    if (most === 0) return { ...NONE, count: 1, sizes: valuesOf(name), by: inputsOf(all, name) };
    const after = any((part) => part.after) || meetings.has(name);
    // a condition, or what masks are multiplied by or held against
    const deciding = operator === 'Where' ? [node.inputs[0]!] : sums || chooses ? [] : read.filter((input) => of(input).count === 0);
    const union = new Set(parts.flatMap(({ sizes }) => [...sizes]));
    return {
      count: sums ? counts.reduce((sum, count) => sum + count, 0) : most,
      // a product with scores in it makes all masks larger alike
      sizes: sums || chooses || after ? union : valuesOf(name),
      by: new Set([...parts.flatMap(({ by }) => [...by]), ...deciding.flatMap((input) => [...inputsOf(all, input)])]),
      after,
      added: any((part) => part.added) || (sums && meetings.has(name)),
    };
  };
  return of;
}

/** Names of a value and its views, and the nodes that read them. */
function read({ readers }: Survey, name: string): { names: Set<string>; nodes: Set<GraphNode> } {
  const names = new Set([name]);
  const nodes = new Set<GraphNode>();
  for (const each of names)
    for (const reader of readers.get(each) ?? []) {
      const { inputs, outputs } = reader.context.node;
      if (isView(reader) && inputs[0] === each) names.add(outputs[0]!);
      else nodes.add(reader);
    }
  return { names, nodes };
}

/** What a tree of extremes is of, through views. */
function sourceOf({ makers }: Survey, extreme: GraphNode): string {
  const { operator: kind, inputs } = extreme.context.node;
  let source = inputs[0]!;
  for (let name = source; ; ) {
    const maker = makers.get(name);
    if (!maker) return source;
    const { operator, inputs } = maker.context.node;
    const tree = operator === kind && kind !== 'MaxPool';
    if (!tree && !isView(maker)) return source;
    name = inputs[0]!;
    source = name;
  }
}

/** The place where masks meet the scores that a value is made of, and the number that they are multiplied by since. */
function meetingOf(
  { makers, graph }: Survey,
  meetings: ReadonlyMap<string, Meeting>,
  start: string,
): { meeting: Meeting; factor: number } | undefined {
  let factor = 1;
  for (let name = start; ; ) {
    const meeting = meetings.get(name);
    if (meeting) return { meeting, factor };
    const maker = makers.get(name);
    if (!maker) return undefined;
    const { operator, inputs } = maker.context.node;
    const constants = inputs.map((input) => graph.constants.get(input)?.data);
    const by = operator === 'Mul' ? (constants[0] ?? constants[1]) : operator === 'Div' ? constants[1] : undefined;
    if (operator === 'Neg') factor = -factor;
    else if (by?.length === 1 && by[0]! !== 0) factor *= operator === 'Mul' ? by[0]! : 1 / by[0]!;
    else if (!isView(maker)) return undefined;
    name = constants[0] ? inputs[1]! : inputs[0]!;
  }
}

/** distance of float32 numbers of this size */
const spacing = (size: number): number => 2 ** (Math.floor(Math.log2(size)) - 23);

/** Whether limited masks leave of a row the same as float32 does, whatever the inputs are. */
function alike({ sizes, count, added }: Parts, { limited, reach }: Meeting): boolean {
  const [size] = [...sizes];
  if (size === undefined || sizes.size !== 1 || !Number.isFinite(size)) return false;
  if (!limited) return spacing(size) <= KEPT;
  const nothing = !added || spacing(size) / 2 > LARGER * reach;
  return nothing && count === 1;
}

export interface NothingLeft {
  /** intervals that extremes must lie in */
  present: Map<string, Presence>;
  /** softmaxes, as differences to their maximum, and comparisons with extremes: calibration has rows with nothing left, and others may become something else */
  uncertain: GraphNode[];
}

/**
 * Extremes of which masks may leave nothing that is what the model says.
 * @param meetings by the values that they make
 * @param asked whether a softmax, by its result, is asked if it is NaN
 */
export function nothingLeft(all: Survey, meetings: ReadonlyMap<string, Meeting>, asked: (name: string) => boolean): NothingLeft {
  const found: NothingLeft = { present: new Map(), uncertain: [] };
  const parts = partsOf(all, meetings);
  for (const node of all.graph.nodes) {
    const { operator, outputs } = node.context.node;
    const [out] = outputs as [string];
    if (!EXTREMES.has(operator)) continue;
    const { names, nodes } = read(all, out);
    if ([...nodes].some(({ context }) => context.node.operator === operator && operator !== 'MaxPool')) continue;
    const source = sourceOf(all, node);
    const masks = parts(source);
    const place = meetingOf(all, meetings, source);
    if (masks.by.size === 0 || !place) continue;
    const { sizes } = masks;
    const infinite = sizes.has(Number.POSITIVE_INFINITY);
    if (infinite && sizes.size === 1 && [...names].some((name) => name.endsWith(' most') && asked(name.slice(0, -' most'.length))))
      continue;
    const inner = all.graph.outputs.every(({ name }) => !names.has(name));
    const shifts = inner && [...nodes].every(({ context }) => context.node.operator === 'Sub' && names.has(context.node.inputs[1]!));
    const places = inner && [...nodes].every(({ context }) => context.node.operator === 'Exceeds');
    // elements of -Infinity are equal
    if (places && infinite && sizes.size === 1 && place.meeting.limited) continue;
    if ((shifts || places) && alike(masks, place.meeting)) continue;
    if (isLarge(all.seen.get(out))) {
      // what is not a number went nowhere, or the model is refused; a large maximum goes where its size does not count
      const ignored = [...nodes].some(({ context }) => all.seen.get(context.node.outputs[0]!)?.unknown);
      if ((shifts || places) && !ignored) found.uncertain.push(...nodes);
      continue;
    }
    const ends = place.meeting.between.map((end) => end * place.factor);
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const below = Number.isNaN(all.seen.get(source)?.below) || operator === 'Smaller';
    const above = !below || operator !== 'Smaller';
    found.present.set(out, {
      within: [below ? Number.NEGATIVE_INFINITY : low, above ? Number.POSITIVE_INFINITY : high],
      by: [...masks.by],
    });
  }
  return found;
}
