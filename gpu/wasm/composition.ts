// The composition: Σ c^i C_i / V of every instance by its circuit's module, interpolated, lifted in coefficient space and split.
// Source: PCS.md §4; the same values as fri/backend/js/composition.ts. Caveat: takes the values on twice the domain from the commitment when
// the blowup was 2, and extends the coefficients again otherwise.
import type { InstanceCoefficients } from '../../fri/backend/seam.ts';
import { interpolate } from '../../fri/core/fft.ts';
import { FRAME, FRAME_BYTES } from './kernels/roots.ts';
import type { CompiledCircuit, Session, WasmBlock } from './session.ts';
import { extend, LEAST_LOG } from './transform.ts';

const LEAST_GROUPS = 16;
/** V is ±2^15 on the domain of twice the rows */
const VANISHING_LOG = 15;

const blockOf = (block: unknown): WasmBlock | undefined => block as WasmBlock | undefined;

/** values on the domain of log size k + 1; the second part says whether they are the caller's to release */
function valuesOn(session: Session, coefficients: WasmBlock, k: number): { block: WasmBlock; own: boolean } {
  const known = coefficients.doubled;
  const values = known ?? extend(session, coefficients, 1);
  if (coefficients.logSize === k) return { block: values, own: !known };
  // a forger may commit blocks higher than the instance he claims (PCS.md §7); the others are lifted to them
  const lifted = session.block(coefficients.columns, k + 1);
  const from = session.columnsOf(values);
  const groups = 2 ** (k - 1);
  const lift = k - coefficients.logSize;
  session.run('liftColumn', { from: 0, to: 0, lift, group: 0, groups }, (next, add) => {
    for (const [i, { address }] of session.columnsOf(lifted).entries()) {
      next.from = from[i]!.address;
      next.to = address;
      add();
    }
  });
  if (!known) session.release(values);
  return { block: lifted, own: true };
}

/** coefficients of the eight composition columns of log size `logSize`; `circuits` are those of the instances */
export function composition(
  session: Session,
  instances: readonly InstanceCoefficients[],
  circuits: readonly CompiledCircuit[],
  logSize: number,
): WasmBlock {
  const totals = new Map<number, WasmBlock>();
  for (const [i, instance] of instances.entries()) {
    const { parameters, powers } = instance;
    const compiled = circuits[i]!;
    const parts = [instance.preprocessed, instance.base, instance.interaction].map(blockOf);
    const k = Math.max(instance.logSize, ...parts.map((b) => b?.logSize ?? 0));
    const values = parts.map((b) => (b ? valuesOn(session, b, k) : undefined));
    const known = totals.get(k);
    const total = known ?? session.block(4, k + 1);
    totals.set(k, total);
    session.withTables((table) => {
      const [preprocessed, base, interaction] = values.map((v) => (v ? session.columnsOf(v.block).map((c) => c.address) : []));
      const words = new Uint32Array(FRAME_BYTES / 4);
      words[FRAME.cells] = table([...preprocessed!, ...base!]);
      words[FRAME.felts] = table(interaction!);
      words[FRAME.fixed] = table(compiled.module.quotientTable(parameters));
      words[FRAME.weights] = table(compiled.module.weights(powers));
      const groups = 2 ** (k - 1);
      words[FRAME.mask] = groups - 1;
      words[FRAME.out] = total.address;
      words[FRAME.outStride] = total.stride;
      words[FRAME.add] = known ? 1 : 0;
      // 1/V, and the factor of the interpolation where the kernel does it
      words[FRAME.rotation] = (VANISHING_LOG + (k + 1 >= LEAST_LOG ? k + 1 : 0)) % 31;
      words[FRAME.half] = k;
      const frame = table(words);
      session.runKernel(compiled.quotient, { frame, group: 0, groups: 0 }, (next, add) =>
        session.split(groups, LEAST_GROUPS, (first, count) => {
          next.group = first;
          next.groups = count;
          add();
        }),
      );
    });
    for (const v of values) if (v?.own) session.release(v.block);
  }
  return split(session, totals, logSize);
}

/** coefficients of all quotients, at their places in the eight columns */
function split(session: Session, totals: ReadonlyMap<number, WasmBlock>, logSize: number): WasmBlock {
  const out = session.block(8, logSize);
  session.clear(out);
  for (const [k, total] of totals) {
    const columns = session.columnsOf(total);
    if (total.logSize < LEAST_LOG)
      for (let c = 0; c < 4; c++) session.view(total, c).set(interpolate(session.view(total, c).slice(), k + 1));
    else {
      const { inverse } = session.tower(total.logSize);
      session.run('interpolate', { data: 0, k: total.logSize, node: 1, tower: inverse }, (next, add) => {
        for (const { address } of columns) {
          next.data = address;
          add();
        }
      });
    }
    const targets = session.columnsOf(out);
    const args = { source: 0, log: k + 1, lift: logSize - k, left: 0, right: 0, half: logSize };
    session.run('liftCoefficients', args, (next, add) => {
      for (let c = 0; c < 4; c++) {
        next.source = columns[c]!.address;
        next.left = targets[c]!.address;
        next.right = targets[4 + c]!.address;
        add();
      }
    });
    session.release(total);
  }
  return out;
}
