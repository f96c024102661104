// The real models, each verified by the same contract in one transaction, within DESIGN's limits; and the README's tables
// (npm run bench:contract -- --write) are still what is measured. Caveat: calldata and gas move by some per cent with the drawn positions.
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildClass, CLASS_LIMITS, unauditedLibfuncs } from '../../contracts/class/compile.ts';
import { MAX_CALLDATA } from '../../contracts/class/limits.ts';
import { flatCalldata } from '../../contracts/client/calldata.ts';
import { type Chain, connect, invoke, view } from '../../contracts/client/chain.ts';
import { MAX_L2_GAS } from '../../contracts/client/errors.ts';
import { verifyGas } from '../../contracts/client/gas.ts';
import { digestToFelt } from '../../fri/core/digest.ts';
import { elementCount } from '../../vm/program/packing.ts';
import { firstAccount } from './accounts.ts';
import { compiledModel, sampleInput } from './models.ts';
import { network } from './network.ts';
import { proveFor } from './proofs.ts';

const readme = fs.readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8');
/** the numbers of the row of a table of the README that starts with this text */
const committed = (title: string): number[] =>
  (readme.split('\n').find((line) => line.startsWith(`| ${title}`)) ?? '')
    .split('|')
    .slice(2, -1)
    .map((cell) => Number(cell.replace(/[^0-9.]/g, '')));
/** what drawn positions may change */
const TOLERANCE = 0.06;
const expectNear = (found: number, expected: number): void => {
  expect(found).toBeGreaterThan(expected * (1 - TOLERANCE));
  expect(found).toBeLessThan(expected * (1 + TOLERANCE));
};

describe('real models', () => {
  let chain: Chain;
  let contract: bigint;
  let account: bigint;

  beforeAll(async () => {
    const url = network().url;
    const credentials = await firstAccount(url);
    account = BigInt(credentials.address);
    chain = await connect(`${url}/rpc`, credentials);
    contract = BigInt(network().registry);
  });

  test('the class can be declared', async () => {
    const { sierraFelts, casmFelts, bytes, rewrite } = await buildClass('registry');
    expect(sierraFelts).toBeLessThanOrEqual(CLASS_LIMITS.felts);
    expect(casmFelts).toBeLessThanOrEqual(CLASS_LIMITS.felts);
    expect(bytes).toBeLessThanOrEqual(CLASS_LIMITS.bytes);
    expect(unauditedLibfuncs(rewrite.libfuncs)).toEqual([]);
    expect([casmFelts, sierraFelts, bytes, rewrite.libfuncs.length]).toEqual(
      ['felts of CASM', 'felts of Sierra', 'bytes of the class file', 'libfuncs'].map((title) => committed(title)[0]),
    );
    expectNear(network().declareGas / 1e6, committed('L2 gas to declare')[0]!);
  });

  test.each([
    ['digits_mlp', 'digits classifier'],
    ['mlp784', '`mlp784`, 784 inputs'],
    ['lenet', 'LeNet-5'],
  ])('%s: one transaction', async (name, title) => {
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
    expect(events.find(({ from }) => from === contract)!.keys.slice(1)).toEqual([statement, proved.call.modelId, account]);
    expect(BigInt(l2Gas)).toBeLessThanOrEqual(MAX_L2_GAS);
    expect(await view(chain, { contract, entrypoint: 'is_valid', calldata: [statement] })).toEqual([1n]);
    const row = readme.split('\n').find((line) => line.startsWith(`| ${title} | 2^`))!;
    const [, , , feltsCommitted, , gasCommitted] = row.split('|').map((cell) => Number(cell.replace(/[^0-9.]/g, '')));
    expectNear(calldata.length, feltsCommitted!);
    expectNear(l2Gas / 1e6, gasCommitted!);
    // what `zkvm estimate` says before there is a proof
    const elements = [...program.inputs, ...program.outputs].reduce((sum, region) => sum + elementCount(region), 0);
    expectNear(verifyGas({ proofFelts: proved.call.proof.length, elements }), l2Gas);
  });
});
