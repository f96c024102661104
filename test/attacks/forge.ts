// A forger who starts from nothing: he fills the instances as he likes, commits to them, sees the challenges, and then chooses whatever the
// constraints leave open in the interaction columns so that the sum over all instances and the public terms of his claim is 0.
// Source: the forgeries of protocol version 1, SECURITY.md. Caveat: it knows how the reference backend stores blocks and works with no other;
// where nothing is left open its running sum takes more than the columns have, so that the verifier's own check has something to find.
import { type InstanceWitness, type Setup, setupColumns } from '../../air/columns.ts';
import { airHash, circuitOf, componentOf, type MachineDefinition, type PublicTerm, publicSum } from '../../air/machine.ts';
import { prove } from '../../air/prove.ts';
import { verify } from '../../air/verify.ts';
import { type Challenges, evaluateOnRow, parameterValues, reachable } from '../../fri/backend/graph.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { interactionColumns, total } from '../../fri/backend/js/interaction.ts';
import type { Backend, Block, Circuit, InstanceTraces } from '../../fri/backend/seam.ts';
import { add } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { requireSecurity } from '../../fri/pcs/security.ts';
import { ProofReader, type StreamItem } from '../../fri/pcs/stream.ts';
import { fixedWitnesses } from '../../vm/chips/fixed.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { type PageOptions, pagesOf } from '../../vm/chips/pages.ts';
import { decodeProofFile, encodeProofFile } from '../../vm/files/proof.ts';
import { audit } from '../../vm/program/audit.ts';
import { tableKind } from '../../vm/program/exact.ts';
import { checkProgram } from '../../vm/program/loader.ts';
import { elementCount, tensorWords } from '../../vm/program/packing.ts';
import type { IntegerTensors, Program, Region } from '../../vm/program/types.ts';
import { publicTerms } from '../../vm/statement/claim.ts';
import { inputLists, namedInputs, type Roots, rootsInOrder, statementInputs } from '../../vm/statement/input.ts';
import { requireShards, securityOf } from '../../vm/statement/instances.ts';
import type { Model } from '../../vm/statement/model.ts';
import { exactnessOf, type ModelRecord, metadataHash, modelId, statementTrees } from '../../vm/statement/record.ts';
import { withLastColumn } from '../air/forger.ts';

/** tensors of a region that nobody computed: every element in its range */
export const anything = (regions: readonly Region[], salt: number): IntegerTensors =>
  Object.fromEntries(
    regions.map((r) => [r.name, Int32Array.from({ length: elementCount(r) }, (_, i) => r.lo + ((i * 7919 + salt) % (r.hi - r.lo + 1)))]),
  );

/** A model as a verifier of some machine has it; `vm/statement/model.ts` knows only the real one. */
export interface TargetModel extends Model {
  machine: MachineDefinition;
  setup: Setup;
}

export async function targetModel(program: Program, profile: Profile, machine: MachineDefinition = MACHINE): Promise<TargetModel> {
  const loaded = checkProgram(program);
  const fixed = fixedWitnesses(loaded);
  const setup = await setupColumns(jsBackend(), fixed, profile.logBlowup);
  const { inputs, outputs, metadata } = program;
  const record: ModelRecord = {
    airHash: airHash(machine),
    profile,
    trees: [
      {
        root: setup.tree.root,
        logSize: setup.tree.height - profile.logBlowup,
        instances: fixed.map(({ type, logSize, base }) => ({ type, logSize, base })),
      },
    ],
    inputs,
    outputs,
    metadataHash: metadataHash(metadata, inputs, outputs, exactnessOf(program.slots)),
  };
  return { program, audit: audit(program), tables: tableKind(program), record, id: modelId(record), machine, setup };
}

/** the verifier of that machine: the checks of vm/verify.ts on the instances, then the proof. @throws rejected */
export function verifyFor({ machine, record, program, id }: TargetModel, bytes: Uint8Array): void {
  const file = decodeProofFile(bytes);
  const { tensors: inputs, roots } = namedInputs(program.inputs, file.inputs);
  const outputs = Object.fromEntries(program.outputs.map((region, i): [string, Int32Array] => [region.name, file.outputs[i]!]));
  const terms = publicTerms(program, inputs, outputs);
  const [instances] = requireShards(file.shards, statementTrees(record), record.profile);
  requireSecurity(securityOf(record.profile, instances!, terms.length), record.profile);
  const statement = {
    modelId: id,
    preprocessedRoots: [record.trees[0]!.root, ...rootsInOrder(program.inputs, roots)],
    inputs: inputLists(program.inputs, { tensors: inputs, roots }),
    outputs: tensorWords(program.outputs, outputs, 'output'),
    context: file.context,
  };
  verify({ machine, profile: record.profile, statement, instances: instances!, publicTerms: terms }, new ProofReader(file.words));
}

/** Instances of which nothing was executed: cpu, store, ram, rom and lut are all zero, mac holds one-row MULs that nobody dispatched. */
export function nothingExecuted(program: Program, macLogSize = 1, options: PageOptions = {}): InstanceWitness[] {
  const zero = (type: number, logSize: number, preprocessed: readonly Uint32Array[] = [], base = 0): InstanceWitness => ({
    type,
    logSize,
    base,
    data: false,
    preprocessed,
    columns: MACHINE.components[type]!.base.map(() => new Uint32Array(2 ** logSize)),
  });
  const mac = zero(TYPE.mac, macLogSize);
  const column = (name: string): Uint32Array => mac.columns[MACHINE.components[TYPE.mac]!.base.indexOf(name)]!;
  for (let row = 0; row < 2 ** macLogSize; row++) {
    for (const name of ['H', 'last', 'nw', 'w15']) column(name)[row] = 1;
    column('k')[row] = row + 1;
    column('v15')[row] = row + 1;
  }
  const loaded = checkProgram(program);
  const fixed = fixedWitnesses(loaded, pagesOf(loaded, options)).map(({ type, logSize, preprocessed, base }) =>
    zero(type, logSize, preprocessed, base),
  );
  return [zero(TYPE.cpu, 6), mac, zero(TYPE.store, 1), ...fixed];
}

const lift = (value: number | QM31): QM31 => (typeof value === 'number' ? Q.from(value) : value);

/** Interaction columns of one instance, its registers started from values of the forger's choice where the constraints allow any. */
class OpenInstance {
  readonly #rows: number;
  /** product of the carries round the table, by register; 1 leaves the register open */
  readonly open: number[] = [];

  constructor(
    readonly circuit: Circuit,
    readonly cells: readonly Uint32Array[],
    readonly parameters: readonly QM31[],
  ) {
    this.#rows = cells[0]!.length;
    for (const [i, { carry }] of circuit.registers.entries()) {
      let product = Q.ONE;
      for (let row = 0; row < this.#rows && !Q.isZero(product); row++) product = Q.mul(product, this.#at(row, [carry], [])[0]!);
      if (Q.equal(product, Q.ONE)) this.open.push(i);
    }
  }

  #at(row: number, nodes: readonly number[], felts: readonly QM31[][]): QM31[] {
    const before = (row + this.#rows - 1) % this.#rows;
    const values = evaluateOnRow(this.circuit.graph, reachable(this.circuit.graph, nodes), {
      cell: (column, back) => this.cells[column]![back ? before : row]!,
      felt: (column, back) => felts[column]?.[back ? before : row] ?? Q.ZERO,
      parameters: this.parameters,
    });
    return nodes.map((node) => lift(values[node]!));
  }

  /** columns as four coordinate columns each, and their sum, if open registers are `start` on the last row */
  columns(start: QM31): { values: Uint32Array[]; sum: QM31 } {
    const felts: QM31[][] = [];
    for (const [i, { carry, add }] of this.circuit.registers.entries()) {
      const column: QM31[] = [];
      felts.push(column);
      let state = this.open.includes(i) ? start : Q.ZERO;
      // twice: a register that is reset is known only after it
      for (let step = 0; step < 2 * this.#rows; step++) {
        const row = step % this.#rows;
        const [c, a] = this.#at(row, [carry, add], felts) as [QM31, QM31];
        state = Q.add(Q.mul(c, state), a);
        column[row] = state;
      }
    }
    const { sums } = this.circuit;
    const partials: QM31[][] = sums.map(() => []);
    let sum = Q.ZERO;
    for (let row = 0; row < this.#rows; row++) {
      const nodes = sums.flat().flatMap((f) => [f.numerator, f.denominator]);
      const values = this.#at(row, nodes, felts);
      let partial = Q.ZERO;
      let at = 0;
      sums.forEach((list, j) => {
        for (const _ of list) partial = Q.add(partial, Q.mul(values[at++]!, Q.inverse(values[at++]!)));
        partials[j]!.push(partial);
      });
      sum = Q.add(sum, partial);
    }
    const values = [...felts, ...partials].flatMap((column) => [0, 1, 2, 3].map((c) => Uint32Array.from(column, (x) => x[c]!)));
    return { values, sum };
  }
}

export interface Claim {
  model: TargetModel;
  instances: readonly InstanceWitness[];
  inputs: IntegerTensors;
  /** of committed inputs, whose trees the instances bring */
  roots?: Roots;
  outputs: IntegerTensors;
  context?: Uint8Array;
  /** who grinds; the reference backend takes minutes for 24 bits */
  grind?: Backend['grind'];
}

export interface Forgery {
  bytes: Uint8Array;
  items: StreamItem[];
  /** registers that were chosen after the challenges, `chip register` */
  chosen: string[];
}

const challengesOf = ({ circuit, parameters }: InstanceTraces): Challenges => {
  const value = (name: keyof Challenges): QM31 =>
    parameters[circuit.graph.parameters.findIndex((p) => p.name === name && p.exponent === 1)] ?? Q.ZERO;
  return { z: value('z'), gamma: value('gamma'), zeta: value('zeta'), alpha: value('alpha'), beta: value('beta') };
};

/** a proof file of the claim, with everything chosen that can be */
export async function forge({
  model,
  instances,
  inputs,
  roots = {},
  outputs,
  context = new Uint8Array(0),
  grind,
}: Claim): Promise<Forgery> {
  const { machine, record } = model;
  const { program } = model;
  const terms: PublicTerm[] = publicTerms(program, inputs, outputs);
  const circuits = instances.map((instance) => circuitOf(componentOf(machine, instance)));
  const cellsOf = (i: number): readonly Uint32Array[] => [...instances[i]!.preprocessed, ...instances[i]!.columns];
  const sumOf = (i: number, challenges: Challenges): QM31 => {
    const instance = instances[i]!;
    const parameters = parameterValues(circuits[i]!.graph, challenges, instance);
    return total(interactionColumns(circuits[i]!, cellsOf(i), instance.logSize, parameters, true).at(-1)!);
  };
  const chosen: string[] = [];
  let lied = false;
  let next = 0;
  const js = jsBackend();
  const backend: Backend = {
    ...js,
    ...(grind && { grind }),
    async interaction(request) {
      const i = next++;
      const circuit = circuits[i]!;
      const open = new OpenInstance(circuit, cellsOf(i), request.parameters);
      // mac and store know all five challenges, so the whole sum can be aimed at from there
      if (lied || ![TYPE.mac, TYPE.store].some((type) => type === instances[i]!.type)) return js.interaction(request);
      const challenges = challengesOf(request);
      const others = instances.reduce((sum, _, j) => (j === i ? sum : Q.add(sum, sumOf(j, challenges))), publicSum(terms, challenges));
      const want = Q.neg(others);
      const honest = await js.interaction(request);
      if (open.open.length) {
        const [zero, one] = [open.columns(Q.ZERO).sum, open.columns(Q.ONE).sum];
        const slope = Q.sub(one, zero);
        if (!Q.isZero(slope)) {
          lied = true;
          chosen.push(...open.open.map((r) => `${circuit.name} ${componentOf(machine, instances[i]!).registers[r]!.name}`));
          const { values } = open.columns(Q.mul(Q.sub(want, zero), Q.inverse(slope)));
          return { ...honest, values } as Block;
        }
      }
      if (i !== lastWithAllChallenges) return honest;
      lied = true;
      made = { rows: honest, up: Q.sub(want, sumOf(i, challenges)) };
      return honest;
    },
    addSteps(rows, logSize, steps) {
      if (rows !== made?.rows) return js.addSteps(rows, logSize, steps);
      const { up } = made;
      return js.addSteps(
        withLastColumn(rows, (column, c) => column.with(0, add(column[0]!, up[c]!))),
        logSize,
        steps,
      );
    },
  };
  /** columns of which the running sum takes more in one row than they have, so that it ends where it should */
  let made: { rows: Block; up: QM31 } | undefined;
  const lastWithAllChallenges = instances.findLastIndex(({ type }) => type === TYPE.mac || type === TYPE.store);
  const { words, writer } = await prove({
    machine,
    profile: record.profile,
    backend,
    setup: model.setup,
    instances,
    statement: {
      modelId: model.id,
      preprocessedRoots: [record.trees[0]!.root, ...rootsInOrder(program.inputs, roots)],
      inputs: inputLists(program.inputs, { tensors: inputs, roots }),
      outputs: tensorWords(program.outputs, outputs, 'output'),
      context,
    },
  });
  const bytes = encodeProofFile({
    profileId: record.profile.id,
    modelId: model.id,
    shards: [instances.map(({ type, logSize, base, data }) => ({ type, logSize, base, data }))],
    parts: [],
    inputs: statementInputs(program.inputs, inputs, roots),
    outputs: program.outputs.map((region) => outputs[region.name]!),
    context,
    words,
  });
  return { bytes, items: writer.items, chosen };
}
