// A machine is an ordered list of components; instances of them make a shard. Here is what both sides derive from it: the AIR
// hash, the shapes of the commitment layer, the weights of the constraints, the public terms. Source: AIR.md §1, §4, §9.
// Caveat: which instances are allowed together (exactly one cpu, …) is a rule of the machine's owner: vm/statement/instances.ts.

import type { Challenges } from '../fri/backend/graph.ts';
import type { Circuit } from '../fri/backend/seam.ts';
import { hashBytes, PURPOSE } from '../fri/core/blake2s.ts';
import { MAX_LOG_SIZE } from '../fri/core/circle.ts';
import type { Digest } from '../fri/core/digest.ts';
import { truncate } from '../fri/core/digest.ts';
import { rejected } from '../fri/core/errors.ts';
import { add, mul, P } from '../fri/core/m31.ts';
import type { QM31 } from '../fri/core/qm31.ts';
import * as Q from '../fri/core/qm31.ts';
import type { InstanceShape } from '../fri/pcs/layout.ts';
import { interactionColumns } from './component.ts';
import type { Component } from './recorded.ts';

/**
 * version of the protocol, first word of every transcript. 1 could be forged: mac's `hold` had a free value (SECURITY.md); 2 had a claimed sum for each
 * instance, which says something of its cells
 */
export const PROTOCOL_VERSION = 3;

export interface MachineDefinition {
  name: string;
  /** the index in this list is the instance type of the transcript */
  components: readonly Component[];
}

/** One table of a shard: which component, how many rows, where its addresses start, and whether its fixed columns are a committed input. */
export interface Instance {
  type: number;
  logSize: number;
  /** first address of the instance's range; 0 where the component has none */
  base: number;
  /** its preprocessed columns stand in the data tree */
  data: boolean;
  /** which of the statement's preprocessed roots they are under, those of committed inputs behind the model's; 0 if left out */
  page?: number;
}

/** count / ⟨relation, values⟩ that the verifier adds to the fractions of the shards */
export interface PublicTerm {
  /** how often the verifier itself asks (+) or supplies (-) */
  count: number;
  relation: number;
  values: readonly number[];
}

const hashes = new WeakMap<MachineDefinition, Digest>();

/** hash of every column, label, mask, register, fraction and node: two machines with the same hash have the same AIR */
export function airHash(machine: MachineDefinition): Digest {
  const known = hashes.get(machine);
  if (known) return known;
  const text = JSON.stringify([machine.name, machine.components]);
  const digest = truncate(hashBytes(PURPOSE.AIR, new TextEncoder().encode(text)));
  hashes.set(machine, digest);
  return digest;
}

/** what a backend needs of a component */
export const circuitOf = (c: Component): Circuit => ({
  name: c.name,
  preprocessedColumns: c.preprocessed.length,
  baseColumns: c.base.length,
  graph: c.graph,
  registers: c.registers,
  sums: c.sums,
  constraints: c.constraints.map((constraint) => constraint.node),
});

export const componentOf = (machine: MachineDefinition, instance: Instance): Component => {
  const found = machine.components[instance.type];
  if (!found) throw rejected('ZK0201', `instance type ${instance.type} is unknown`);
  return found;
};

export function shapesOf(machine: MachineDefinition, instances: readonly Instance[]): InstanceShape[] {
  return instances.map((instance) => {
    const c = componentOf(machine, instance);
    return {
      logSize: instance.logSize,
      preprocessed: c.preprocessed.length,
      page: instance.page ?? 0,
      data: instance.data,
      base: c.base.length,
      interaction: interactionColumns(c),
      twoBase: c.twoPoint.base,
      twoInteraction: c.twoPoint.interaction,
    };
  });
}

/**
 * Sizes and addresses for which the arithmetic of a verifier is defined: 1 ≤ log size, log size + blowup ≤ 30, base < p.
 * @throws rejected ZK0201, ZK0204; the instance list may come from a hostile file
 */
export function requireInstances(machine: MachineDefinition, instances: readonly Instance[], logBlowup: number): void {
  for (const [i, instance] of instances.entries()) {
    const { name } = componentOf(machine, instance);
    const where = `instance ${i} (${name})`;
    if (!(Number.isInteger(instance.logSize) && instance.logSize >= 1 && instance.logSize + logBlowup <= MAX_LOG_SIZE))
      throw rejected('ZK0204', `log size ${instance.logSize} is out of range`, where, `1 to ${MAX_LOG_SIZE - logBlowup} allowed`);
    if (!(Number.isInteger(instance.base) && instance.base >= 0 && instance.base < P))
      throw rejected('ZK0204', `base ${instance.base} is no field element`, where);
  }
}

/** number of the first constraint of every instance in the shard, and at the end that of the running sum, which is the last */
export function constraintOffsets(machine: MachineDefinition, instances: readonly Instance[]): number[] {
  const offsets = [0];
  for (const instance of instances) offsets.push(offsets.at(-1)! + componentOf(machine, instance).constraints.length);
  return offsets;
}

/** M: constraints of all instances and that of the running sum */
export const constraintCount = (machine: MachineDefinition, instances: readonly Instance[]): number =>
  constraintOffsets(machine, instances).at(-1)! + 1;

/** n = Σ 2^k · fractions over all instances + public terms (AIR.md §7) */
export function fractionCount(machine: MachineDefinition, instances: readonly Instance[], publicTerms: number): number {
  return instances.reduce((n, i) => n + 2 ** i.logSize * componentOf(machine, i).sums.flat().length, publicTerms);
}

/** Σ count / (z - relation - Σ γ^j v_j) as one fraction, so that hundreds of thousands of terms cost one inversion; rejects a zero denominator */
export function publicSum(terms: readonly PublicTerm[], challenges: Challenges): QM31 {
  const longest = terms.reduce((most, t) => Math.max(most, t.values.length), 0);
  const gammas = Q.powers(challenges.gamma, longest + 1);
  let numerator = Q.ZERO;
  let product = Q.ONE;
  for (const { count, relation, values } of terms) {
    // the tuple's coordinates one by one: an element a value would be most of a large statement's time
    let [c0, c1, c2, c3] = Q.from(relation);
    for (let j = 0; j < values.length; j++) {
      const v = values[j]!;
      if (v === 0) continue;
      const gamma = gammas[j + 1]!;
      c0 = add(c0, mul(gamma[0], v));
      c1 = add(c1, mul(gamma[1], v));
      c2 = add(c2, mul(gamma[2], v));
      c3 = add(c3, mul(gamma[3], v));
    }
    const denominator = Q.sub(challenges.z, [c0, c1, c2, c3]);
    if (Q.isZero(denominator)) throw rejected('ZK0202', 'a public term has a zero denominator');
    numerator = Q.add(Q.mul(numerator, denominator), Q.scale(product, count < 0 ? count + P : count));
    product = Q.mul(product, denominator);
  }
  return Q.mul(numerator, Q.inverse(product));
}
