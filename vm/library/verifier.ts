// `zkvm/verifier`: what it takes to verify proofs and nothing else: no weights, no backend, no executor. Source: verifying.ts, record.ts.
// Caveat: a proof is verified against a record; whether that is the right one is for the caller to know.
export { type ErrorCode, type ErrorKind, EXIT_CODES, ZkvmError } from '../../fri/core/errors.ts';
export type { ProfileName } from '../../fri/pcs/profile.ts';
export type { SecurityReport } from '../../fri/pcs/security.ts';
export type { TensorInfo, TensorKind } from './described.ts';
export type { ModelTensors, NestedArray, NumericArray, Tensor, TensorLike } from './given.ts';
export type { RealTensorsByName, RealValues } from './real.ts';
export { ModelRecord } from './record.ts';
export { type Verdict, type Verifiable, type VerifyOptions, verify } from './verifying.ts';
