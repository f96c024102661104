// Proofs for the devnet tests: example programs proved with the chain profile in a context of their own.
import { contextBytes, registerCalldata, type VerifyCall, verifyCall } from '../../contracts/client/calldata.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { wasmBackend } from '../../gpu/wasm/backend.ts';
import { type Execution, execute } from '../../vm/executor/run.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { proveExecution } from '../../vm/prove.ts';
import { type PreparedModel, prepareModel } from '../../vm/statement/model.ts';
import type { Verdict } from '../../vm/verify.ts';

let shared: Promise<Backend> | undefined;
/** one backend for a test file */
export const backend = (): Promise<Backend> => {
  shared ??= wasmBackend({ threads: 1 });
  return shared;
};

export interface ProvedCall {
  model: PreparedModel;
  run: Execution;
  register: bigint[];
  call: VerifyCall;
  verdict: Verdict;
  bytes: Uint8Array;
  proveMs: number;
}

/** Where a proof may be used. */
export interface Place {
  chainId: bigint;
  registry: bigint;
  caller: bigint;
  nonce?: bigint;
  /** the consumer's own part of the context */
  extra?: bigint[];
}

export async function proveFor(
  program: Program,
  inputs: IntegerTensors,
  place: Place,
  profile: Profile = PROFILES.chain,
): Promise<ProvedCall> {
  const started = performance.now();
  const model = await prepareModel(program, profile, await backend());
  const run = execute(program, inputs);
  const { chainId, registry: contract, caller, nonce = 0n, extra = [] } = place;
  const { bytes } = await proveExecution(model, run, { context: contextBytes({ chainId, contract, caller, nonce, extra }) });
  const proveMs = performance.now() - started;
  return { model, run, register: registerCalldata(model.record), ...verifyCall(model, bytes), bytes, proveMs };
}
