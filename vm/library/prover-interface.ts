// What a prover offers, wherever it works: in this thread (proving.ts) or in a worker (worker-client.ts). Source: the README, "As a library".
// Caveat: types only; a prover holds threads and memory until it is closed.
/// <reference lib="esnext.disposable" preserve="true" />
import type { ProfileName } from '../../fri/pcs/profile.ts';
import type { SecurityReport } from '../../fri/pcs/security.ts';
import type { Saturated } from '../executor/saturation.ts';
import type { ModelTensors } from './given.ts';
import type { Model } from './model.ts';
import type { Progress } from './progress.ts';
import type { RealTensorsByName } from './real.ts';
import type { Unsteady } from './unsteady.ts';

/**
 * Where the arithmetic of proofs is done. All of them give the same bytes.
 * @example const device: Device = 'wasm';
 */
export type Device = 'auto' | 'webgpu' | 'wasm' | 'js';

/**
 * How a GPU is opened.
 * @example await using prover = await createProver({ device: 'webgpu', gpu: { memoryBytes: 2 ** 32 } });
 */
export interface GpuOptions {
  /** a software adapter is slower than `wasm` and taken only with this */
  allowSoftware?: boolean;
  /** bytes of all buffers together at most */
  memoryBytes?: number;
}

/**
 * How a prover is made.
 * @example await using prover = await createProver({ device: 'wasm', threads: 4, models: 1 });
 */
export interface ProverOptions {
  /** `auto`, the default, takes the fastest that runs here: in a browser a GPU, elsewhere WebAssembly, plain TypeScript where nothing else does */
  device?: Device;
  /** of `wasm`, all of the machine's if left out; one where memory cannot be shared (a page that is not cross-origin isolated) */
  threads?: number;
  /** in Node `auto` tries a GPU only if this is given, for a native driver may end the process */
  gpu?: GpuOptions;
  /** models whose columns are kept between proofs, 4 by default, counted once a profile */
  models?: number;
  /**
   * Bytes that the process may have in all: a run that does not fit is proved in several shards, one after the other. What is free if left out;
   * in a browser only the limit of the backend counts then. For a GPU see `gpu`.
   */
  memoryBytes?: number;
  /** ends the start */
  signal?: AbortSignal;
}

/**
 * How one proof is made.
 * @example const options: ProveOptions = { profile: 'fast', context: nonce, onProgress: ({ fraction }) => draw(fraction) };
 */
export interface ProveOptions {
  /** bytes that the proof is bound to: a nonce, a caller */
  context?: Uint8Array;
  /** `proven` (the default), `fast`, `chain`, or `test`, which proves nothing */
  profile?: ProfileName;
  /** ends the proof, also while it waits for others; the promise is rejected with the signal's reason */
  signal?: AbortSignal;
  /** told after each step of the work */
  onProgress?: (progress: Progress) => void;
  /** take a program of which it is not known that it has one answer; default no */
  allowUndetermined?: boolean;
  /**
   * refuse an input that leaves the ranges that the model was calibrated for (ZK0423), or whose answer rounding decides (ZK0424), instead of telling of
   * it in `saturated` and `unsteady`
   */
  strict?: boolean;
}

/**
 * How a model is prepared for proofs of one profile.
 * @example await prover.prepare(model, { profile: 'fast' });
 */
export type PrepareOptions = Pick<ProveOptions, 'profile' | 'signal' | 'allowUndetermined'>;

/**
 * A proof, and what it is about.
 * @example const { proof, outputs, labels, modelId } = await prover.prove(model, { image });
 */
export interface Proved {
  /** the proof file, for `verify` */
  proof: Uint8Array;
  /** what the model answered, in real units */
  outputs: RealTensorsByName;
  /** the label of each row of scores; undefined if the model has none */
  labels: readonly string[] | undefined;
  /** the inputs as the proof has them, after rounding */
  inputs: RealTensorsByName;
  /** roots of committed inputs in the statement, in hexadecimal by name */
  roots: { readonly [name: string]: string };
  /** in hexadecimal */
  modelId: string;
  profile: ProfileName;
  /** committed cells, the size of the work */
  cells: number;
  security: SecurityReport;
  /** nodes whose values left the calibrated ranges, so that the output may be wrong; empty where all is well */
  saturated: readonly Saturated[];
  /** outputs that rounding decides, so that they may be others than the ONNX model's; empty where all is well */
  unsteady: readonly Unsteady[];
  /** milliseconds by phase */
  timings: Readonly<Record<string, number>>;
}

/**
 * Makes proofs, one at a time: calls that come together wait for each other.
 * @example
 * await using prover = await createProver({ device: 'auto' });
 * const { proof, outputs } = await prover.prove(model, { image });
 */
export interface Prover {
  /** what does the arithmetic: `webgpu`, `wasm` or `js` */
  readonly backend: string;
  /** why that one, and what it runs on, for people */
  readonly why: string;
  /**
   * Runs the model and proves the run.
   * @throws ZkvmError ZK080x and ZK081x for inputs that do not fit, ZK042x for a run that fails, kind `backend` where there is no room; the reason
   * of `signal`
   */
  prove(model: Model, inputs: ModelTensors, options?: ProveOptions): Promise<Proved>;
  /** Commits a model's columns ahead of its first proof. */
  prepare(model: Model, options?: PrepareOptions): Promise<void>;
  /** Ends what is under way and gives threads, memory and device back. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
