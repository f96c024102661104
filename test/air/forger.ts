// A forging prover: the honest protocol (air/prove.ts) over a backend that lies. It wraps the reference backend and changes what one
// method gives back, so that the prover needs no hooks for tests. Source: the forgeries of PCS.md §7, §11 (c).
// Caveat: it knows how the reference backend stores blocks and layers, and works with no other.

import { setupColumns } from '../../air/columns.ts';
import { type Instance, shapesOf } from '../../air/machine.ts';
import { type Proof, prove } from '../../air/prove.ts';
import { type VerifyChecks, type VerifyRequest, verify } from '../../air/verify.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Backend, Block, Layer } from '../../fri/backend/seam.ts';
import type { CirclePoint } from '../../fri/core/circle.ts';
import type { Digest } from '../../fri/core/digest.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { add, inverse, mul } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { deepConstants } from '../../fri/pcs/deep.ts';
import { batchesOf, type Layout, layoutOf } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { ProofReader, type ProofSource } from '../../fri/pcs/stream.ts';
import { type ToyRun, toyMachine, toyRun } from './toy.ts';

export type LogSizes = readonly [number, number, number];

/** log sizes of table, user and votes; the others leave room for columns that are no lifts */
export const HEIGHTS: LogSizes = [5, 7, 9];

export const toyProfile = (logBlowup: number, queries = 12, bits = 6): Profile => ({
  name: 'toy',
  id: 9,
  logBlowup,
  queries,
  work: { query: bits, interaction: bits, deep: bits, fold: bits },
  floor: { kind: 'conjectured', bits: 0 },
  minLogSize: 6,
  repeatedChips: true,
});

/** the stored columns of a block or layer of the reference backend */
export const valuesOf = (stored: Block | Layer): Uint32Array[] => (stored as unknown as { values: Uint32Array[] }).values;

/** the same layer with other values */
export const layerWith = (layer: Layer, values: Uint32Array[]): Layer => ({ logSize: layer.logSize, values }) as Layer;

/** every value of a layer plus one: another word of low degree */
export const layerPlusOne = (layer: Layer): Layer => {
  const [first, ...rest] = valuesOf(layer);
  return layerWith(layer, [first!.map((x) => add(x, 1)), ...rest]);
};

/** `copies` copies of a trace column: the lift to more rows */
export const repeated = (column: Uint32Array, copies: number): Uint32Array =>
  Uint32Array.from({ length: copies * column.length }, (_, row) => column[row % column.length]!);

/** value of a challenge among an instance's parameters */
export function challengeOf(instance: Parameters<Backend['interaction']>[0], name: 'z'): QM31 {
  const index = instance.circuit.graph.parameters.findIndex((p) => p.name === name && p.exponent === 1);
  return instance.parameters[index]!;
}

/** `rows` with its last QM31 column changed */
export function withLastColumn(rows: Block, change: (column: Uint32Array, coordinate: number) => Uint32Array): Block {
  const values = valuesOf(rows);
  const first = values.length - 4;
  const changed = values.map((column, i) => (i < first ? column : change(column, i - first)));
  return { ...rows, values: changed } as Block;
}

/**
 * The reference backend, but columns may have more rows than their instance: they are committed as they are (no lifts), the running sum takes the
 * average over the copies of the instance, and the DEEP quotient leaves out what `checks` do not check.
 */
export function unliftedBackend(layout: Layout, checks: VerifyChecks): Backend {
  const honest = jsBackend();
  let point: CirclePoint | undefined;
  const samples: QM31[][] = [];
  const copiesOf = new Map<Block, number>();
  return {
    ...honest,
    upload: (columns) => honest.upload(columns, Math.log2(columns[0]!.length)),
    async interaction(instance) {
      const { logSize } = instance.base;
      if (logSize === instance.logSize) return honest.interaction(instance);
      const copies = 2 ** (logSize - instance.logSize);
      const fixed = instance.preprocessed && valuesOf(instance.preprocessed).map((column) => repeated(column, copies));
      const preprocessed = fixed && (await honest.upload(fixed, logSize));
      const rows = await honest.interaction({ ...instance, logSize, preprocessed });
      copiesOf.set(rows, copies);
      return rows;
    },
    addSteps(rows, logSize, steps) {
      const part = inverse(copiesOf.get(rows) ?? 1);
      return honest.addSteps(
        withLastColumn(rows, (column) => column.map((x) => mul(part, x))),
        logSize,
        steps,
      );
    },
    async sample(coefficients, logSize, at) {
      const values = await honest.sample(coefficients, logSize, at);
      point ??= at;
      const two = layout.blocks.filter((b) => b.twoPoint.length);
      samples.push(samples.length ? two.flatMap((b, i) => b.twoPoint.map((c) => Q.at(values[i]!, c))) : values.flatMap(Q.fromWords));
      return values;
    },
    deep(evaluations, batches, logSize) {
      if (!checks.periodicity) return honest.deep(evaluations, batches, logSize);
      const delta = batches[0]!.terms.flatMap((term) => Q.fromWords(term.powers))[1]!;
      const kept = batchesOf(layout, point!, checks.periodicity);
      return honest.deep(evaluations, deepConstants(kept, Q.toWords(samples.flat()), delta), logSize);
    },
  };
}

/** methods that take the place of a backend's own */
export type Lies = (backend: Backend) => Partial<Backend>;

export interface Forgery {
  /** changes the honest run: cells, whole columns, outputs, public terms */
  run?: (run: ToyRun) => void;
  /** what the lying backend does instead of the given one */
  lies?: Lies;
  /** what prover and verifier both leave out */
  checks?: VerifyChecks;
  logSizes?: LogSizes;
  /** another honest run */
  seed?: number;
  profile: Profile;
}

export interface Forged {
  request: VerifyRequest;
  proof: Proof;
}

const roots = new Map<string, Digest>();

/** root of the honest model's preprocessed tree */
async function modelRoot(logSizes: LogSizes, logBlowup: number): Promise<Digest> {
  const key = `${logSizes} ${logBlowup}`;
  const root = roots.get(key) ?? (await setupColumns(jsBackend(), toyRun(logSizes).instances, logBlowup)).tree.root;
  roots.set(key, root);
  return root;
}

/** what the lying prover sends, and what the verifier is asked */
export async function forge({ run: change, lies, checks = {}, logSizes = HEIGHTS, seed, profile }: Forgery): Promise<Forged> {
  const run = toyRun(logSizes, seed);
  change?.(run);
  const backend = unliftedBackend(layoutOf(shapesOf(toyMachine, run.instances)), checks);
  const statement = {
    modelId: new Uint32Array(8),
    preprocessedRoots: [await modelRoot(logSizes, profile.logBlowup)],
    inputs: run.inputs,
    outputs: run.outputs,
    context: new TextEncoder().encode('check'),
  };
  const proof = await prove({
    machine: toyMachine,
    profile,
    backend: { ...backend, ...lies?.(backend) },
    statement,
    instances: run.instances,
  });
  const instances: Instance[] = run.instances.map(({ type, logSize, base, data }) => ({ type, logSize, base, data }));
  return { request: { machine: toyMachine, profile, statement, instances, publicTerms: run.publicTerms }, proof };
}

/** "accepted", or the error's text; whatever is no rejection is a crash and thrown on */
export function verdict(request: VerifyRequest, proof: ProofSource | Uint32Array, checks: VerifyChecks = {}): string {
  try {
    verify(request, proof instanceof Uint32Array ? new ProofReader(proof) : proof, checks);
    return 'accepted';
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected') return [error.what, error.where].filter(Boolean).join(', ');
    throw error;
  }
}

/** the verifier's answer to a forgery */
export async function forgeryVerdict(forgery: Forgery): Promise<string> {
  const { request, proof } = await forge(forgery);
  return verdict(request, proof.words, forgery.checks);
}
