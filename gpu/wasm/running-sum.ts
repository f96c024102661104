// The running sum of a shard: what each instance adds to it, in every copy of its rows, and the sum itself on all threads. Source: AIR.md §5.0; the
// same values as fri/backend/js/interaction.ts. Caveat: an instance of two rows goes through that file.
import { addSteps as addFewSteps } from '../../fri/backend/js/interaction.ts';
import { add, inverse } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { GROUP_LOG, LEAST_GROUPS } from './interaction.ts';
import type { Session, WasmBlock } from './session.ts';

const COORDINATES = [0, 1, 2, 3] as const;
const FELT_BYTES = 64;
/** the share of a row and the sum before its piece */
const STATE_WORDS = 8;

/** groups of four rows */
interface Piece {
  first: number;
  count: number;
}

/** `Backend.addSteps` */
export function addSteps(session: Session, rows: WasmBlock, logSize: number, steps: WasmBlock | undefined): WasmBlock {
  const to = steps ?? session.block(4, logSize);
  if (!steps) session.clear(to);
  const first = rows.columns - 4;
  if (rows.logSize < GROUP_LOG) {
    const [a, b, c, d] = COORDINATES.map((column) => session.view(to, column));
    const [e, f, g, h] = COORDINATES.map((column) => session.view(rows, first + column));
    addFewSteps([a!, b!, c!, d!], [e!, f!, g!, h!]);
    return to;
  }
  const from = rows.address + first * rows.stride;
  const mask = 2 ** (rows.logSize - GROUP_LOG) - 1;
  const places = { from, fromStride: rows.stride, mask, rotation: logSize - rows.logSize, to: to.address, toStride: to.stride };
  session.run('addSteps', { ...places, group: 0, groups: 0 }, (next, addTask) =>
    session.split(2 ** (logSize - GROUP_LOG), LEAST_GROUPS, (group, count) => {
      next.group = group;
      next.groups = count;
      addTask();
    }),
  );
  return to;
}

/** `Backend.runningSum`; gives the sum of all steps */
export function runningSum(session: Session, steps: WasmBlock): QM31 {
  const pieces: Piece[] = [];
  session.split(2 ** (steps.logSize - GROUP_LOG), LEAST_GROUPS, (first, count) => pieces.push({ first, count }));
  const column = { column: steps.address, stride: steps.stride, group: 0, groups: 0 };
  return session.withTables((table, room) => {
    const totals = room(FELT_BYTES * pieces.length);
    session.run('sumRows', { ...column, total: 0 }, (next, addTask) => {
      for (const [i, { first, count }] of pieces.entries()) {
        next.group = first;
        next.groups = count;
        next.total = totals + FELT_BYTES * i;
        addTask();
      }
    });
    const words = session.words();
    const sums = pieces.map((_, i): QM31 => {
      const at = (totals + FELT_BYTES * i) / 4;
      const coordinate = (c: number): number => add(add(words[at + c]!, words[at + c + 1]!), add(words[at + c + 2]!, words[at + c + 3]!));
      return [coordinate(0), coordinate(4), coordinate(8), coordinate(12)];
    });
    const sum = sums.reduce(Q.add, Q.ZERO);
    const share = Q.scale(sum, inverse(2 ** steps.logSize));
    const states = new Uint32Array(STATE_WORDS * pieces.length);
    let before = Q.ZERO;
    for (const [i, { first }] of pieces.entries()) {
      Q.put(states, 2 * i, share);
      Q.put(states, 2 * i + 1, Q.sub(before, Q.scale(share, 4 * first)));
      before = Q.add(before, sums[i]!);
    }
    const address = table(states);
    session.run('runningSum', { ...column, state: address }, (next, addTask) => {
      for (const [i, { first, count }] of pieces.entries()) {
        next.group = first;
        next.groups = count;
        next.state = address + 4 * STATE_WORDS * i;
        addTask();
      }
    });
    return sum;
  });
}
