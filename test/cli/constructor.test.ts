// `zkvm deploy --consumer NAME --arg name=value`: values in the order and of the types of the constructor, or a typed error before a node is asked.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { constructorCalldata } from '../../cli/constructor.ts';
import { CONSUMERS } from '../../cli/consumers.ts';
import { CLASS_HASHES } from '../../contracts/class/hashes.ts';
import { zkvm } from './capture.ts';

beforeEach(() => {
  for (const name of ['ZKVM_RPC', 'ZKVM_CONTRACT', 'ZKVM_ACCOUNT', 'ZKVM_PRIVATE_KEY']) vi.stubEnv(name, '');
});

const PARAMETERS = [
  { name: 'registry', type: 'ContractAddress' },
  { name: 'unit', type: 'u256' },
  { name: 'open', type: 'bool' },
  { name: 'bar', type: 'u8' },
] as const;
const GOOD = ['bar=255', 'open=true', `unit=${2n ** 128n + 7n}`, 'registry=0x5'];
const calldata = (given: readonly string[]): bigint[] => constructorCalldata('shop', PARAMETERS, given);

describe('arguments of a constructor', () => {
  test('are written in its order, a u256 as two felts', () => {
    expect(calldata(GOOD)).toEqual([5n, 7n, 1n, 1n, 255n]);
  });

  test('a registry that is not given is that of ZKVM_CONTRACT, one that is given goes before', () => {
    vi.stubEnv('ZKVM_CONTRACT', '0x9');
    expect(calldata(GOOD.slice(0, 3))[0]).toBe(9n);
    expect(calldata(GOOD)[0]).toBe(5n);
    expect(constructorCalldata('shop', PARAMETERS.slice(1), GOOD.slice(0, 3))).toEqual([7n, 1n, 1n, 255n]);
  });

  test.each([
    ['one is missing', GOOD.slice(0, 3), 'also takes registry: ContractAddress'],
    ['a name is unknown', [...GOOD, 'price=1'], 'takes no "price"'],
    ['one is given twice', [...GOOD, 'bar=1'], 'given twice'],
    ['there is no value', [...GOOD.slice(1), 'bar='], 'not name=value'],
    ['there is no name', [...GOOD.slice(1), '255'], 'not name=value'],
    ['a number is too large', [...GOOD.slice(1), 'bar=256'], 'no u8'],
    ['a number is negative', [...GOOD.slice(1), 'bar=-1'], 'no u8'],
    ['a number is none', [...GOOD.slice(1), 'bar=many'], 'no u8'],
    ['a u256 is too large', [...GOOD.slice(0, 2), `unit=${2n ** 256n}`, 'registry=0x5'], 'no u256'],
    ['a truth is neither', ['bar=1', 'open=yes', 'unit=1', 'registry=0x5'], 'no bool'],
    ['an address is no felt', [...GOOD.slice(0, 3), 'registry=shop'], 'no felt'],
  ])('%s: refused', (_what, given, message) => {
    expect(() => calldata(given)).toThrow(message);
  });
});

describe('zkvm deploy --consumer', () => {
  test('help lists the contracts and their arguments', async () => {
    const { code, out } = await zkvm('deploy', '--help');
    expect(code).toBe(0);
    const text = out.replace(/\s+/g, ' ');
    for (const consumer of CONSUMERS)
      for (const { name, type } of CLASS_HASHES[consumer].parameters) expect(text).toContain(`${name}: ${type}`);
  });

  test('wrong arguments are refused before a node is asked, and so are arguments for the registry', async () => {
    expect(await zkvm('deploy', '--consumer', 'airdrop', '--arg', 'model_id=1')).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        `airdrop also takes ${CLASS_HASHES.airdrop.parameters.flatMap(({ name, type }) => (name === 'model_id' ? [] : [`${name}: ${type}`])).join(', ')}`,
      ),
    });
    expect(await zkvm('deploy', '--arg', 'owner=1')).toMatchObject({ code: 2, err: expect.stringContaining('ZK0870') });
  });

  test('a consumer that there is not, and a class of another, are refused', async () => {
    expect((await zkvm('deploy', '--consumer', 'registry')).code).toBe(2);
    const given = CLASS_HASHES.oracle.parameters.flatMap(({ name }) => ['--arg', `${name}=1`]);
    const { code, err } = await zkvm('deploy', '--consumer', 'oracle', ...given, '--class', '0x5');
    expect(code).toBe(2);
    expect(err).toContain('--class is no oracle');
  });
});
