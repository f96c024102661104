// What a worker of the service does: one warm backend, models that stay committed in its memory, one job after the other. Source: vm/prove.ts.
// Caveat: a job is stopped between two operations of the backend; running the program before them is one piece of up to a few seconds.
import fs from 'node:fs';
import type { Setup } from '../../air/columns.ts';
import { around } from '../../fri/backend/around.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { digestToHex } from '../../fri/core/digest.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { profileNamed } from '../../fri/pcs/profile.ts';
import type { HostKind } from '../../gpu/kind/kind.ts';
import { selectBackend } from '../../gpu/select.ts';
import { cellsOfShards } from '../../vm/chips/cells.ts';
import { sizesOf } from '../../vm/estimate/cost.ts';
import { availableBytes } from '../../vm/estimate/memory.ts';
import { planProof } from '../../vm/estimate/plan.ts';
import { fitsMemory, type Prediction, predictShards, requireMemory } from '../../vm/estimate/predict.ts';
import { execute } from '../../vm/executor/run.ts';
import { requireExact, saturation } from '../../vm/executor/saturation.ts';
import { decodeZkb } from '../../vm/files/zkb.ts';
import { roundedInputs } from '../../vm/library/integers.ts';
import { tensorsOfJson } from '../../vm/library/json.ts';
import { predictions, realTensors } from '../../vm/library/outputs.ts';
import { PreparedModels } from '../../vm/library/prepared.ts';
import { requireSteady, unsteady } from '../../vm/library/unsteady.ts';
import type { Program } from '../../vm/program/types.ts';
import { type ProvableRun, proveExecution } from '../../vm/prove.ts';
import type { PreparedModel } from '../../vm/statement/model.ts';
import { decodeRecord, profilesOf, recordedModel } from '../../vm/statement/record-file.ts';
import { parseContext } from '../io/context.ts';
import { parseJson } from '../io/tensors.ts';
import { readModelIn, recordFileIn } from './data-folder.ts';
import { type Bench, makePiece, type Piece, type PieceDone } from './pieces.ts';
import type { NewJob, Result } from './queue.ts';
import { blockBytes, Remembered, treeBytes } from './remembered.ts';
import { cancelledError } from './thread-errors.ts';

export interface ProverOptions {
  /** the data folder */
  root: string;
  backend: string;
  threads: number;
  /** bytes of prepared models that are kept */
  cacheBytes: number;
  /** workers that share the memory of the machine */
  workers: number;
}

export interface Progress {
  phase: string;
  /** 0 … 1 */
  fraction: number;
}

export interface Proved {
  /** the proof file */
  bytes: Uint8Array;
  result: Omit<Result, 'proof'>;
  /** JSON: outputs in real units and labels */
  outputs: string;
}

export interface Prover {
  /** what it runs on, for people */
  why: string;
  /** @param stopped asked between operations. @throws ZK0922 when it said so, and what the model or the input deserves */
  prove(job: NewJob, onProgress: (progress: Progress) => void, stopped: () => boolean): Promise<Proved>;
  /** a piece of a proof that several machines make. @throws as `prove` */
  piece(piece: Piece, stopped: () => boolean): Promise<PieceDone>;
  /** keys of the models that are ready, `warmKey` */
  warm(): string[];
  close(): Promise<void>;
}

/** a model is prepared for a profile */
export const warmKey = ({ model, profile }: Pick<NewJob, 'model' | 'profile'>): string => `${model} ${profile}`;

/** run, model, and the steps of the protocol that report */
const STEPS = 14;

const setupBytes = (setup: Setup): number =>
  setup.entries.reduce(
    (sum, { rows, coefficients, evaluations }) => sum + blockBytes(rows) + blockBytes(coefficients) + blockBytes(evaluations),
    treeBytes(setup.tree),
  );

/** whether a proof fits beside so many bytes of columns that are kept for later */
const hasRoom = (prediction: Prediction, keptBytes: number, availableBytes: number): boolean =>
  fitsMemory(
    { ...prediction, columnBytes: prediction.columnBytes + keptBytes, peakBytes: prediction.peakBytes + keptBytes },
    availableBytes,
  );

export async function startProver(options: ProverOptions): Promise<Prover> {
  const start = () => selectBackend(options.backend, { threads: options.threads });
  let selected = await start();
  let isStopped: () => boolean = () => false;
  const noModels = (): PreparedModels<string> =>
    new PreparedModels(selected.backend, {
      models: Number.POSITIVE_INFINITY,
      size: options.cacheBytes,
      sizeOf: ({ setups, program }) => setups.reduce((sum, setup) => sum + (setup ? setupBytes(setup) : 0), 8 * program.rom.length),
    });
  let models = noModels();
  /** the compile reports of the models that are ready */
  const reports = new Map<string, Uint8Array>();
  const programOf = (model: string): Program => {
    const { program, report } = decodeZkb(readModelIn(options.root, model), true);
    reports.set(model, report);
    return program;
  };

  const between = async (): Promise<void> => {
    if (isStopped()) throw cancelledError();
  };
  const stoppable = (backend: Backend): Backend => around(backend, { operation: (run) => between().then(run), between });

  const prepared = async (job: Pick<NewJob, 'model' | 'profile'>): Promise<PreparedModel> => {
    const model = await models.of(job.model, profileNamed(job.profile), () => programOf(job.model), {}, stoppable);
    for (const key of reports.keys()) if (!models.ready.some((one) => one.key === key)) reports.delete(key);
    return model;
  };

  const remembered = new Remembered();

  type ShardsOf = ProvableRun['request']['shards'];
  const predicted = (shards: ShardsOf, profile: string, kind: HostKind) =>
    predictShards(
      shards.map(({ instances }) => sizesOf(instances)),
      profileNamed(profile),
      kind,
      options.threads,
      1,
    );
  const roomOf = (): number => availableBytes() / options.workers;

  const benchOf = (piece: Piece): Bench => ({
    async model() {
      const model = await prepared(piece);
      if (isStopped()) throw cancelledError();
      return { ...model, backend: stoppable(selected.backend) };
    },
    async verifiable() {
      const record = decodeRecord(new Uint8Array(fs.readFileSync(recordFileIn(options.root, piece.model))));
      const profile = profileNamed(piece.profile);
      return profilesOf(record).includes(profile) ? recordedModel(record, profile) : prepared(piece);
    },
    backend: () => stoppable(selected.backend),
    report: () => reports.get(piece.model),
    execution: (model, inputs) => remembered.run(`${warmKey(piece)} ${piece.input}`, () => execute(model.program, inputs)),
    provable: (model, make) => remembered.provable(`${'maxCells' in piece ? piece.maxCells : ''} ${piece.context}`, model, make),
    requireRoom(shards) {
      const { kind } = selected;
      if (kind.memory !== 'process') return;
      const prediction = predicted(shards, piece.profile, kind);
      if (!hasRoom(prediction, remembered.bytes, roomOf())) remembered.forgetColumns();
      requireMemory(prediction, cellsOfShards(shards.map(({ instances }) => instances)), roomOf());
    },
    keep(provable, shard, held) {
      const { kind } = selected;
      // a GPU does not say what it has left
      const prediction = kind.memory === 'process' ? predicted(provable.request.shards, piece.profile, kind) : undefined;
      remembered.keep(provable, shard, held, (bytes) => prediction !== undefined && hasRoom(prediction, bytes, roomOf()));
    },
    kept: (shard) => remembered.take(shard),
  });

  /** a backend that failed may keep what it had taken: a new one starts empty */
  const restart = async (): Promise<void> => {
    await selected.close();
    remembered.lose();
    selected = await start();
    models = noModels();
  };

  const work = async (job: NewJob, onProgress: (progress: Progress) => void): Promise<Proved> => {
    let steps = 0;
    const timings: Record<string, number> = {};
    const step = (phase: string, ms: number): void => {
      timings[phase] = (timings[phase] ?? 0) + ms;
      steps = Math.min(steps + 1, STEPS);
      onProgress({ phase, fraction: steps / STEPS });
    };
    const started = performance.now();
    const profile = profileNamed(job.profile);
    const model = await prepared(job);
    const report = reports.get(job.model)!;
    step('model', performance.now() - started);
    await between();
    const { program } = model;
    const rounded = roundedInputs(tensorsOfJson(parseJson(job.input, 'input'), 'input'), program);
    const beforeRun = performance.now();
    const execution = execute(program, rounded.integers);
    const saturated = saturation(execution);
    if (job.strict) requireExact(saturated);
    const moved = unsteady(execution, rounded, report);
    if (job.strict) requireSteady(moved);
    step('run', performance.now() - beforeRun);
    const { kind } = selected;
    const memory = { profile, threads: options.threads, availableBytes: availableBytes() / options.workers };
    const plan = kind.memory === 'process' ? planProof(execution, { ...memory, kind }) : undefined;
    const proof = await proveExecution({ ...model, backend: stoppable(selected.backend) }, execution, {
      context: parseContext(job.context),
      ...(plan && { shards: plan.shards }),
      onStep: step,
    });
    return {
      bytes: proof.bytes,
      result: {
        proofBytes: proof.bytes.length,
        modelId: digestToHex(proof.modelId),
        cells: proof.cells,
        security: proof.security,
        saturated,
        unsteady: moved,
        timings: { totalMs: performance.now() - started, ...timings },
      },
      outputs: JSON.stringify({
        outputs: realTensors(program, 'output', execution.outputs),
        labels: predictions(program, execution.outputs) ?? null,
      }),
    };
  };

  const guarded = async <T>(stopped: () => boolean, work: () => Promise<T>): Promise<T> => {
    isStopped = stopped;
    try {
      return await work();
    } catch (error) {
      if (error instanceof ZkvmError && error.kind === 'backend') await restart();
      throw error;
    } finally {
      isStopped = () => false;
    }
  };

  return {
    why: selected.why,
    prove: (job, onProgress, stopped) => guarded(stopped, () => work(job, onProgress)),
    piece: (piece, stopped) => guarded(stopped, () => makePiece(piece, benchOf(piece))),
    warm: () => models.ready.map(({ key, profile }) => warmKey({ model: key, profile: profile.name })),
    close: () => selected.close(),
  };
}
