// The library's front door: load or run a model, prove, verify. Runs in Node and in browsers.
// Example: const trace = traceOf(zkb, execute(decodeProgram(zkb), inputs)). Caveat: anything not exported here may change any time.

export { jsBackend } from '../fri/backend/js/backend.ts';
export type { Backend } from '../fri/backend/seam.ts';
export { type Digest, digestFromHex, digestToHex } from '../fri/core/digest.ts';
export { type ErrorKind, EXIT_CODES, ZkvmError } from '../fri/core/errors.ts';
export { PROFILES, type Profile, type ProfileName, profileNamed } from '../fri/pcs/profile.ts';
export type { SecurityReport } from '../fri/pcs/security.ts';
export { BACKEND_NAMES, type BackendName } from '../gpu/backends.ts';
export { type SelectedBackend, type SelectOptions, selectBackend, withSelected } from '../gpu/select.ts';
export { type Execution, execute } from './executor/run.ts';
export { requireExact, type Saturated, saturation } from './executor/saturation.ts';
export { decodeTrace, encodeTrace, type Trace, traceOf } from './files/trace.ts';
export { decodeProgram, encodeProgram } from './files/zkb.ts';
export { type Audit, type AuditOptions, audit, requireDetermined, type Undetermined, undeterminedText } from './program/audit.ts';
export { decoderOf, encoderOf, encodingOf } from './program/encoding.ts';
export { type TableKind, tableKind } from './program/exact.ts';
export type { Encoding, IntegerTensors, Metadata, Program, Region } from './program/types.ts';
export { type ProvedRun, proveExecution } from './prove.ts';
export { loadModel, type Model, type PreparedModel, prepareModel } from './statement/model.ts';
export { type Expectation, type Verdict, verifyProof } from './verify.ts';
