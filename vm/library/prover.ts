// `zkvm/prover`: models, provers, and what can be asked of a model without a proof. Source: the files of this folder.
// Caveat: backends are loaded when a prover starts; a bundler makes chunks of them.
export { type ErrorCode, type ErrorKind, EXIT_CODES, ZkvmError } from '../../fri/core/errors.ts';
export type { ProfileName } from '../../fri/pcs/profile.ts';
export type { SecurityReport } from '../../fri/pcs/security.ts';
export type { Saturated } from '../executor/saturation.ts';
export { type CommitInputOptions, commitInput } from './committing.ts';
export type { TensorInfo, TensorKind } from './described.ts';
export { type DevicePrediction, type Estimate, type EstimateOptions, estimate } from './estimating.ts';
export type { ModelTensors, NestedArray, NumericArray, Tensor, TensorLike } from './given.ts';
export {
  type Inspected,
  type InspectedModel,
  type InspectedProof,
  type InspectedRecord,
  type InspectedTrace,
  inspect,
} from './inspecting.ts';
export { type CommitOptions, Model } from './model.ts';
export type { Phase, Progress } from './progress.ts';
export type { Device, GpuOptions, PrepareOptions, Proved, ProveOptions, Prover, ProverOptions } from './prover-interface.ts';
export { createProver } from './proving.ts';
export type { RealTensorsByName, RealValues } from './real.ts';
export { ModelRecord } from './record.ts';
export { type Checked, check, checkTrace, type Ran, type RunOptions, run } from './running.ts';
export type { Unsteady } from './unsteady.ts';
export { type BrowserWorker, connectProver, type NodeWorker, type WorkerLike } from './worker-client.ts';
