// Cost before a proof, and the picture of the time of one: `estimate`, `inspect --cells`, `prove --profile-out`.
// Slow: proofs of three profiles, proofs of work included.
import fs from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { fakeNode, PRICE } from '../contracts/client/fake-node.ts';
import { smallModel, temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const { zkb, input } = smallModel();

beforeAll(async () => {
  write('m.zkb', zkb);
  write('x.json', input);
  expect(await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', at('t'))).toMatchObject({ code: 0 });
});
afterEach(() => vi.restoreAllMocks());
afterAll(folder.remove);

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

describe('estimate', () => {
  test.each(['proven', 'fast', 'chain'])('says what a proof of profile %s then has: cells, bytes, felts', async (profile) => {
    const { code, json } = await zkvm('estimate', at('m.zkb'), '--profile', profile, '--json');
    expect(code).toBe(0);
    const proved = (await zkvm('prove', at('t'), '-o', at('p'), '--profile', profile, '--json')).json;
    expect(json.cells).toBe(proved.cells);
    expect(json.security).toEqual(proved.security);
    expect(json.security.provenRegime).toBe(profile === 'proven' ? 'unique' : 'johnson');
    expect(json.refused).toBeNull();
    expect(sum(Object.values(json.cellsByChip))).toBe(json.cells);
    expect(Math.abs(json.proofBytes / proved.proofBytes - 1)).toBeLessThan(0.05);
    expect(Math.abs(json.calldataFelts / proved.calldataFelts - 1)).toBeLessThan(0.1);
    for (const { coldMs, warmMs, factor, peakBytes, fits } of json.predictions) {
      expect(warmMs).toBeGreaterThan(1);
      // the process and the first proof's compilation come on top
      expect(coldMs).toBeGreaterThan(warmMs + 100 * factor);
      expect(factor).toBeGreaterThan(0.1);
      expect(peakBytes).toBeGreaterThan(1e8);
      expect(fits).toBe(true);
    }
    expect(json.predictions.map(({ backend }: { backend: string }) => backend)).toEqual(expect.arrayContaining(['wasm', 'js']));
    // every committed cell is on a GPU as coefficients and as values
    const values = 4 * json.cells * (1 + (profile === 'chain' ? 16 : 2));
    expect(json.webgpu.peakBytes).toBeGreaterThan(values);
    expect(json.webgpu.peakBytes).toBeLessThan(4 * values);
    expect(json.webgpu.largestBufferBytes).toBeLessThan(json.webgpu.peakBytes);
  });

  test('for people: chips, nodes, each backend, and the calldata limit for the chain', async () => {
    const { out } = await zkvm('estimate', at('m.zkb'), '--profile', 'chain');
    expect(out).toMatch(/security {2}6\d\.\d bits proven \(Johnson radius\), 98\.\d bits conjectured \(random words\)\n/);
    expect(out).toMatch(/cells by chip, [\d,]+ in all/);
    expect(out).toMatch(/ {2}store \(2\^\d+ rows\)/);
    expect(out).toMatch(/ {2}js +cold about [\d.]+ m?s, warm about [\d.]+ m?s, [\d,]+ MB of memory/);
    expect(out).toMatch(/ {2}wasm, 1 thread +cold about /);
    expect(out).toMatch(/ {2}webgpu +\d+ MB of device memory, \d+ MB of it in one buffer/);
    expect(out).toMatch(/calldata {2}about [\d,]+ felts; one transaction takes 4,996\n/);
    expect(out).toMatch(/gas {7}about [\d,]+ M Sierra gas in one transaction, which may use 1,100 M\n/);
    expect(out).toContain('--gas-price FRI');
  });

  test('on the chain: STRK and USD at a given price, in proportion; prices that are none are refused', async () => {
    const priced = async (...prices: string[]) => zkvm('estimate', at('m.zkb'), '--profile', 'chain', '--json', ...prices);
    const { json: free } = await priced();
    expect(free.sierraGas).toBeGreaterThan(1e8);
    expect([free.gasPriceFri, free.costFri, free.costUsd]).toEqual([null, null, null]);
    const { json } = await priced('--gas-price', '10000000000', '--strk-price', '0.5');
    expect(json.sierraGas).toBe(free.sierraGas);
    expect(BigInt(json.costFri)).toBe(BigInt(free.sierraGas) * 10n ** 10n);
    expect(json.costUsd).toBeCloseTo((0.5 * Number(json.costFri)) / 1e18, 9);
    for (const wrong of [
      ['--gas-price', '0'],
      ['--gas-price', '1.5'],
      ['--strk-price', '0.5'],
      ['--gas-price', '1', '--strk-price', '-1'],
      ['--gas-price', '1', '--rpc', 'http://127.0.0.1:1'],
    ])
      expect(await priced(...wrong)).toMatchObject({ code: 2, err: expect.stringContaining('ZK0867') });
    const elsewhere = await zkvm('estimate', at('m.zkb'), '--profile', 'fast', '--gas-price', '1');
    expect(elsewhere).toMatchObject({ code: 2, err: expect.stringContaining('ZK0867') });
    const node = await fakeNode();
    expect((await priced('--rpc', node.url)).json).toMatchObject({ gasPriceFri: `${PRICE}`, costUsd: null });
    expect(node.asked).toEqual(['starknet_specVersion', 'starknet_chainId', 'starknet_getBlockWithTxHashes']);
    await node.stop();
    expect(await priced('--rpc', 'http://127.0.0.1:1')).toMatchObject({ code: 7, err: expect.stringContaining('ZK0701') });
  });

  test('cold is what this process took to start, and more than it; a backend that does not start is judged by plain code', async () => {
    const wasmColdMs = async (): Promise<{ coldMs: number; factor: number; slowness: number }> => {
      const { json } = await zkvm('estimate', at('m.zkb'), '--json');
      const { coldMs, factor } = json.predictions.find(({ backend }: { backend: string }) => backend === 'wasm');
      return { coldMs, factor, slowness: json.slowness };
    };
    const uptime = vi.spyOn(process, 'uptime').mockReturnValue(0.1);
    const quick = await wasmColdMs();
    uptime.mockReturnValue(1000.1);
    const late = await wasmColdMs();
    expect(late.coldMs).toBeGreaterThan(1e6);
    expect(quick.coldMs).toBeLessThan(9e5);
    expect(late.factor).not.toBe(late.slowness);
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const none = await wasmColdMs();
    expect(none.factor).toBe(none.slowness);
  });

  test('what is no compiled model is refused', async () => {
    expect(await zkvm('estimate', at('t'), '--json')).toMatchObject({ code: 2, json: { error: { code: 'ZK0826' } } });
  });
});

describe('inspect --cells', () => {
  test('shows cells by chip and node, as estimate does', async () => {
    const { json } = await zkvm('inspect', at('m.zkb'), '--cells', '--json');
    const estimate = (await zkvm('estimate', at('m.zkb'), '--json')).json;
    expect(json.cells).toEqual({
      cells: estimate.cells,
      cellsByChip: estimate.cellsByChip,
      instances: estimate.instances,
      nodes: estimate.nodes,
    });
    expect(sum(estimate.nodes.map(({ cells }: { cells: number }) => cells))).toBeGreaterThan(0);
    expect((await zkvm('inspect', at('m.zkb'), '--cells')).out).toMatch(/cells of the rows that each node causes/);
    expect((await zkvm('inspect', at('m.zkb'))).out).not.toMatch(/each node causes/);
  });

  test('of another file it is refused', async () => {
    expect(await zkvm('inspect', at('t'), '--cells', '--json')).toMatchObject({ code: 2, json: { error: { code: 'ZK0821' } } });
  });
});

describe('prove', () => {
  test('--profile-out writes a Chrome trace with a span for every step, inside the whole', async () => {
    const proved = await zkvm('prove', at('t'), '-o', at('p2'), '--profile', 'test', '--profile-out', at('time.json'), '--json');
    const { traceEvents, otherData } = JSON.parse(fs.readFileSync(at('time.json'), 'utf8'));
    expect(otherData).toMatchObject({ cells: proved.json.cells, profile: 'test' });
    const spans = traceEvents.filter(({ ph }: { ph: string }) => ph === 'X');
    expect(spans.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['zkvm prove', ...Object.keys(proved.json.timings).filter((name) => name !== 'totalMs')]),
    );
    const [whole, ...steps] = spans;
    for (const { ts, dur } of steps) expect(ts >= whole.ts && ts + dur <= whole.ts + whole.dur + 1000).toBe(true);
    expect(proved.err).toMatch(/prove: interaction .* M cells\/s\n/);
    expect(proved.err).toMatch(/prove: query work [^/]*\n/);
  });

  test('the file of --profile-out must not be the proof, nor lie where nothing can be written', async () => {
    const prove = (...more: string[]) => zkvm('prove', at('t'), '-o', at('p3'), '--profile', 'test', '--json', ...more);
    expect(await prove('--profile-out', at('no/folder/x'))).toMatchObject({ code: 2, json: { error: { code: 'ZK0805' } } });
    expect(await prove('--profile-out', at('p3'))).toMatchObject({ code: 2, json: { error: { code: 'ZK0805' } } });
    expect(fs.existsSync(at('p3'))).toBe(false);
  });

  test('a proof that does not fit into memory is refused before it starts, exit 6, no file', async () => {
    vi.spyOn(process, 'availableMemory').mockReturnValue(0);
    vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(1e6);
    for (const backend of ['wasm', 'js']) {
      const { code, json, err } = await zkvm('prove', at('t'), '-o', at('p4'), '--backend', backend, '--json');
      expect({ code, error: json.error.code }).toEqual({ code: 6, error: 'ZK0620' });
      expect(err).not.toMatch(/prove: base/);
    }
    expect(fs.existsSync(at('p4'))).toBe(false);
    const estimate = await zkvm('estimate', at('m.zkb'));
    expect(estimate.out).toMatch(/which does not fit here/);
  });
});
