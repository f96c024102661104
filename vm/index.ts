// The library's front door: load or run a model, prove, verify. Runs in Node and in browsers.
// Example: const trace = traceOf(zkb, execute(decodeProgram(zkb), inputs)). Caveat: anything not exported here may change any time.

export type { Backend } from '../fri/backend.ts';
export { type Digest, digestFromHex, digestToHex } from '../fri/digest.ts';
export { type ErrorKind, EXIT_CODES, ZkvmError } from '../fri/errors.ts';
export { jsBackend } from '../fri/js/backend.ts';
export { PROFILES, type Profile, type ProfileName, profileNamed } from '../fri/profile.ts';
export type { SecurityReport } from '../fri/security.ts';
export { type Audit, type AuditOptions, audit, requireDetermined, type Undetermined, undeterminedText } from './audit.ts';
export { type Execution, execute } from './executor.ts';
export { loadModel, type Model, type PreparedModel, prepareModel } from './model.ts';
export type { IntegerTensors, Metadata, Program, Region } from './program.ts';
export { type ProvedRun, proveExecution } from './prove.ts';
export { decodeTrace, encodeTrace, type Trace, traceOf } from './trace.ts';
export { type Expectation, type Verdict, verifyProof } from './verify.ts';
export { decodeProgram, encodeProgram } from './zkb.ts';
