// `npm run test:mutants -- --cairo`: weakens the contract, one check at a time, and expects the verdict on some calldata to change. One
// devnet, one contract that runs any class as its own (any-class.cairo), so that one set of proofs serves all classes; calls, not
// transactions. Caveat: slow: half a minute to compile a class; needs `npm run devnet:install`.

import { type BuiltClass, compileText, joinedSource } from '../../contracts/class/compile.ts';
import { type Chain, connect, declare, deploy, invoke, view } from '../../contracts/client/chain.ts';
import { startDevnet } from '../../contracts/devnet/node.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { firstAccount } from '../devnet/accounts.ts';
import { type CairoCase, cairoCases } from './cairo-cases.ts';
import { CAIRO_MUTANTS, type CairoMutant, weakened } from './cairo-table.ts';

const PROXY = 'tests/any-class';

/** what a class answers: the code that it refuses with, or the felt that it gives */
async function answerOf(chain: Chain, proxy: bigint, classHash: bigint, { entrypoint, calldata }: CairoCase): Promise<string> {
  const { hash } = await import('starknet');
  const selector = BigInt(hash.getSelectorFromName(entrypoint));
  try {
    const [, felt] = await view(chain, {
      contract: proxy,
      entrypoint: 'run',
      calldata: [classHash, selector, BigInt(calldata.length), ...calldata],
    });
    return String(felt);
  } catch (error) {
    // a node that is gone, or a class that is not there, says nothing about the contract
    if (error instanceof ZkvmError && !['ZK0701', 'ZK0702', 'ZK0703', 'ZK0709'].includes(error.code)) return error.code;
    throw error;
  }
}

/** Compiles every weakened class that is not in the cache, then runs them. @returns whether all is as the table says */
export async function testCairo(chosen: (name: string) => boolean): Promise<boolean> {
  const started = Date.now();
  const seconds = (): string => `${Math.round((Date.now() - started) / 1000)} s`;
  const source = joinedSource('registry');
  const mutants = CAIRO_MUTANTS.filter(({ file, what }) => chosen(`${file}.cairo: ${what}`));
  const texts = mutants.map((mutant) => weakened(source, mutant));
  const registry = await compileText('registry', source);
  const problems: string[] = [];
  const compiled = new Map<CairoMutant, BuiltClass>();
  for (const [i, mutant] of mutants.entries()) {
    try {
      compiled.set(mutant, await compileText('mutant', texts[i]!));
    } catch (error) {
      if (!(error instanceof ZkvmError)) throw error;
      problems.push(`does not compile: ${mutant.file}.cairo: ${mutant.what}: ${error.why ?? error.what}`);
    }
    process.stdout.write(`${seconds()}: compiled ${i + 1} of ${texts.length}: ${mutant.what}\n`);
  }

  const devnet = await startDevnet();
  try {
    const chain = await connect(`${devnet.url}/rpc`, await firstAccount(devnet.url));
    const { address } = await deploy(chain, await compileText('any-class', joinedSource('any-class', [PROXY])));
    const { classHash } = await declare(chain, registry);
    const { cases, register } = await cairoCases({ chainId: chain.chainId, registry: address, caller: 0n });
    const { hash } = await import('starknet');
    const selector = BigInt(hash.getSelectorFromName('register_model'));
    for (const calldata of register)
      await invoke(chain, [
        { contract: address, entrypoint: 'run', calldata: [classHash, selector, BigInt(calldata.length), ...calldata] },
      ]);
    // the real contract first: else the differences below mean nothing
    const wrong: string[] = [];
    const expected = new Map<string, string>();
    for (const one of cases) {
      const answer = await answerOf(chain, address, classHash, one);
      expected.set(one.name, answer);
      if (one.verdict === 'any' ? answer.startsWith('ZK') : answer !== one.verdict)
        wrong.push(`${one.name}: ${answer}, not ${one.verdict}`);
    }
    if (wrong.length) throw new Error(`the real contract: ${wrong.join('; ')}`);
    process.stdout.write(`${seconds()}: the real contract answers all ${cases.length} cases as it should\n`);

    let killed = 0;
    for (const [{ file, what, by, survives }, built] of compiled) {
      if (!cases.some(({ name }) => name === by)) throw new Error(`${what}: there is no case ${by}`);
      const { classHash: own } = await declare(chain, built);
      let noticed: string | undefined;
      for (const one of [...cases].sort((a, b) => Number(b.name === by) - Number(a.name === by))) {
        const answer = await answerOf(chain, address, own, one);
        if (answer === expected.get(one.name)) continue;
        noticed = `${one.name}: ${answer}`;
        break;
      }
      if (noticed) killed++;
      if (!noticed && !survives) problems.push(`survives: ${file}.cairo: ${what}`);
      if (noticed && survives) problems.push(`listed as a survivor, but noticed by ${noticed}: ${file}.cairo: ${what}`);
      process.stdout.write(`${seconds()}: ${file}.cairo: ${what}: ${noticed ?? `SURVIVES${survives ? `: ${survives}` : ''}`}\n`);
    }
    process.stdout.write(`${compiled.size} mutants of the contract, ${killed} killed, ${compiled.size - killed} survived, ${seconds()}\n`);
    for (const problem of problems) process.stdout.write(`${problem}\n`);
    return problems.length === 0;
  } finally {
    await devnet.stop();
  }
}
