// The forgery that broke protocol version 1, against the contract: a statement about a model of which nothing was executed is refused by the
// registry, and stored as a fact by a registry that is built, for this test alone, from the machine with the old constraint.
// Source: SECURITY.md. Caveat: a context names the contract and a transcript the AIR, so the two calls make the same claim in other felts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MachineDefinition } from '../../air/machine.ts';
import { compileText, joinedSource } from '../../contracts/class/compile.ts';
import { generatedFiles } from '../../contracts/class/generate.ts';
import { contextBytes, flatCalldata, packCall, registerCalldata } from '../../contracts/client/calldata.ts';
import { type Chain, connect, deploy, invoke, view } from '../../contracts/client/chain.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { type WasmBackend, wasmBackend } from '../../gpu/wasm/backend.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import { decodeProofFile } from '../../vm/files/proof.ts';
import { anything, forge, nothingExecuted, targetModel } from '../attacks/forge.ts';
import { BAD_MACHINE } from '../attacks/known-bad.ts';
import { mlp } from '../vm/programs.ts';
import { devnetAccount } from './accounts.ts';
import { network } from './network.ts';

const { program } = mlp(1);
let chain: Chain;
let caller: bigint;
let wasm: WasmBackend;

beforeAll(async () => {
  const url = network().url;
  const credentials = await devnetAccount(url, 6);
  chain = await connect(`${url}/rpc`, credentials);
  caller = BigInt(credentials.address);
  wasm = await wasmBackend({ threads: 1 });
});
afterAll(() => wasm.close());

/** the registry's text with the generated files of another machine */
function registryOf(machine: MachineDefinition): string {
  const theirs = generatedFiles(machine);
  return Object.entries(generatedFiles()).reduce((text, [name, own]) => {
    expect(text).toContain(own);
    return text.replace(own, () => theirs[name]!);
  }, joinedSource('registry'));
}

/** registers the model and sends the forged call; `accepted` or the refusal */
async function verdictOf(contract: bigint, machine: MachineDefinition): Promise<{ verdict: string; felts: bigint[] }> {
  const model = await targetModel(program, PROFILES.chain, machine);
  const { bytes, items } = await forge({
    model,
    instances: nothingExecuted(program),
    inputs: anything(program.inputs, 1),
    outputs: anything(program.outputs, 42),
    context: contextBytes({ chainId: chain.chainId, contract, caller, nonce: 1n }),
    grind: wasm.grind.bind(wasm),
  });
  const call = packCall(model, decodeProofFile(bytes), items);
  await invoke(chain, [{ contract, entrypoint: 'register_model', calldata: registerCalldata(model.record) }]);
  const felts = flatCalldata(call);
  try {
    const { events } = await invoke(chain, [{ contract, entrypoint: 'verify', calldata: felts }]);
    const fact = events.find(({ from }) => from === contract)!.keys[1]!;
    expect(await view(chain, { contract, entrypoint: 'is_valid', calldata: [fact] })).toEqual([1n]);
    return { verdict: 'accepted', felts };
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'chain') return { verdict: error.what, felts };
    throw error;
  }
}

test('the registry refuses any outputs of a model that was not run; one with the constraint of version 1 stores them as a fact', async () => {
  const registry = BigInt(network().registry);
  expect((await verdictOf(registry, MACHINE)).verdict).toBe('the contract refuses: composition at z');
  const bad = await deploy(chain, await compileText('registry-version-1', registryOf(BAD_MACHINE)));
  const forged = await verdictOf(bad.address, BAD_MACHINE);
  expect(forged.verdict).toBe('accepted');
  // what the bad contract took is nothing to the good one
  await expect(invoke(chain, [{ contract: registry, entrypoint: 'verify', calldata: forged.felts }])).rejects.toMatchObject({
    exitCode: 7,
  });
});
