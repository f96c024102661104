// The real models, each verified by the same contract in one transaction. Prints the table of DESIGN's limits.
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { flatCalldata } from '../../contracts/calldata.ts';
import { type Chain, connect, invoke, view } from '../../contracts/chain.ts';
import { MAX_L2_GAS } from '../../contracts/chain-errors.ts';
import { buildClass, CLASS_LIMITS } from '../../contracts/compile.ts';
import { MAX_CALLDATA } from '../../contracts/limits.ts';
import { digestToFelt } from '../../fri/digest.ts';
import { firstAccount } from './accounts.ts';
import { compiledModel, sampleInput } from './models.ts';
import { proveFor } from './proofs.ts';

describe('real models', () => {
  let chain: Chain;
  let contract: bigint;
  let account: bigint;

  beforeAll(async () => {
    const url = inject('devnetUrl');
    const credentials = await firstAccount(url);
    account = BigInt(credentials.address);
    chain = await connect(`${url}/rpc`, credentials);
    contract = BigInt(inject('registry'));
  });

  test('the class can be declared', async () => {
    const { sierraFelts, casmFelts, bytes, rewrite } = await buildClass('registry');
    console.log(JSON.stringify({ sierraFelts, casmFelts, bytes, libfuncs: rewrite.libfuncs, declareL2Gas: inject('declareGas') }));
    expect(sierraFelts).toBeLessThanOrEqual(CLASS_LIMITS.felts);
    expect(casmFelts).toBeLessThanOrEqual(CLASS_LIMITS.felts);
    expect(bytes).toBeLessThanOrEqual(CLASS_LIMITS.bytes);
  });

  test.each(['digits_mlp', 'mlp784', 'lenet'])('%s: one transaction', async (name) => {
    const program = compiledModel(name);
    const proved = await proveFor(program, sampleInput(name, program), {
      chainId: chain.chainId,
      registry: contract,
      caller: account,
      nonce: 1n,
    });
    const calldata = flatCalldata(proved.call);
    expect(calldata.length).toBeLessThanOrEqual(MAX_CALLDATA);
    await invoke(chain, [{ contract, entrypoint: 'register_model', calldata: proved.register }]);
    const { l2Gas, events } = await invoke(chain, [{ contract, entrypoint: 'verify', calldata }]);
    const statement = digestToFelt(proved.verdict.statementHash);
    expect(events.find(({ from }) => from === contract)!.keys.slice(1)).toEqual([statement, proved.call.modelId]);
    expect(BigInt(l2Gas)).toBeLessThanOrEqual(MAX_L2_GAS);
    expect(await view(chain, { contract, entrypoint: 'is_valid', calldata: [statement] })).toEqual([1n]);
    const { cpuLogSize, macLogSize, storeLogSize } = proved.call;
    const fixed = proved.model.record.instances.map(({ logSize }) => logSize);
    console.log(
      JSON.stringify({
        model: name,
        logSizes: [cpuLogSize, macLogSize, storeLogSize, ...fixed],
        calldata: calldata.length,
        proof: proved.call.proof.length,
        tensors: proved.call.inputs.length + proved.call.outputs.length,
        l2Gas,
        proveMs: Math.round(proved.proveMs),
      }),
    );
  });
});
