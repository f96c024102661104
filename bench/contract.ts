// What a verification in the contract costs: calldata, L2 gas by the numbered steps of verify.cairo (a class that stops before a step) and by the
// transactions of a proof in shards, several samples in one proof, prove time, and the class's size against the network's limits. `npm run bench:contract -- --write` puts the tables into README.md and
// contracts/README.md; test/devnet/models.test.ts holds them against what it measures. Source: DESIGN §10. Devnet bills by Sierra gas as the
// network does (contracts/devnet/node.ts). Caveat: parts are differences of whole transactions, with what the account does in the first.
import fs from 'node:fs';
import path from 'node:path';
import { auditedLibfuncs, buildClass, CLASS_LIMITS, compileText, joinedSource } from '../contracts/class/compile.ts';
import { MAX_CALLDATA, MAX_CHAIN_LOG_SIZE } from '../contracts/class/limits.ts';
import { SIERRA_VERSION } from '../contracts/class/sierra.ts';
import { flatCalldata } from '../contracts/client/calldata.ts';
import { type Chain, connect, deploy, invoke } from '../contracts/client/chain.ts';
import { MAX_L2_GAS } from '../contracts/client/errors.ts';
import { verifySession } from '../contracts/client/session.ts';
import { startDevnet } from '../contracts/devnet/node.ts';
import { firstAccount } from '../test/devnet/accounts.ts';
import { compiledModel, digitInput, digits, sampleInput } from '../test/devnet/models.ts';
import { proveFor } from '../test/devnet/proofs.ts';
import { proveSession } from '../test/devnet/sessions.ts';
import { RUN_CHIPS } from '../vm/chips/table.ts';

/** folders of test/models, and what the documents call them */
const MODELS = [
  ['digits_mlp', 'digits classifier'],
  ['mlp784', '`mlp784`, 784 inputs'],
  ['lenet', 'LeNet-5'],
] as const;

/** models whose cost in shards is measured: those that leave 2^8 rows to each of four */
const IN_SHARDS: ReadonlySet<string> = new Set(['mlp784', 'lenet']);

/** parts of the table, each with the step of verify.cairo that it ends before */
const PARTS: readonly (readonly [number, string])[] = [
  [1, 'calldata, record, tensors'],
  [5, 'transcript, challenges, public terms'],
  [8, 'samples, all constraints'],
  [12, 'DEEP constants, FRI roots, positions'],
  [13, 'openings of four trees, DEEP quotients'],
  [15, 'folds and last layer'],
];
const LAST = 15;

/** the least multiple above every log size: the limited class takes step·32 + log size where the registry takes cpu's log size */
const STEP_UNIT = 32;

/** the registry with a limit on the steps */
function limitedSource(): string {
  const fields = RUN_CHIPS.map((name) => `${name}_log: ${name === 'cpu' ? 'rows' : `sizes.${name}_log`}`).join(', ');
  const replacements: [string, string][] = [
    ['sizes: ProofSizes, proof: Span<felt252>) {', 'sizes: ProofSizes, proof: Span<felt252>, until: u32) {'],
    ['shard: Shard, channel: Channel, proof: Span<felt252>) {', 'shard: Shard, channel: Channel, proof: Span<felt252>, until: u32) {'],
    [
      'queries: QUERIES, base_root, interaction_root, sum }, channel, stream);',
      'queries: QUERIES, base_root, interaction_root, sum }, channel, stream, until);',
    ],
    [
      'queries, base_root, interaction_root, sum }, channel, stream);',
      `queries, base_root, interaction_root, sum }, channel, stream, ${LAST});`,
    ],
    [
      'verify_proof(with_roots(record, statement.roots), statement, sizes, proof);',
      `let (until, rows) = DivRem::div_rem(sizes.cpu_log, ${STEP_UNIT});\n let sizes = ProofSizes { ${fields} };\n verify_proof(with_roots(record, statement.roots), statement, sizes, proof, until);`,
    ],
  ];
  let text = joinedSource('registry');
  for (const [from, to] of replacements) {
    if (text.split(from).length !== 2) throw new Error(`the registry does not say once: ${from}`);
    text = text.replace(from, to);
  }
  for (const [step] of PARTS) {
    if (step === LAST) continue;
    const marked = text.replace(
      new RegExp(`^    // ${step} .*$`, 'm'),
      (line) => `    if until == ${step} {\n        return;\n    }\n${line}`,
    );
    if (marked === text) throw new Error(`verify.cairo has no step ${step}`);
    text = marked;
  }
  return text;
}

interface Measured {
  rows: number;
  proofFelts: number;
  tensorFelts: number;
  felts: number;
  l2Gas: number;
  proveMs: number;
  /** L2 gas of each of PARTS */
  parts: number[];
}

/** One model: its transaction, then the same proof on the class that stops before each step. */
async function measure(name: string, chain: Chain, registry: bigint, limited: bigint): Promise<Measured> {
  const program = compiledModel(name);
  const input = sampleInput(name, program);
  const place = { chainId: chain.chainId, caller: BigInt(chain.account.address), nonce: 1n };
  // the first proof warms the backend up
  const stepped = await proveFor(program, input, { ...place, registry: limited });
  const { call, register, proveMs, model } = await proveFor(program, input, { ...place, registry });
  const on = (contract: bigint, entrypoint: string, calldata: bigint[]): ReturnType<typeof invoke> =>
    invoke(chain, [{ contract, entrypoint, calldata }]);
  for (const contract of [registry, limited]) await on(contract, 'register_model', register);
  const { l2Gas } = await on(registry, 'verify', flatCalldata(call));
  const parts: number[] = [];
  for (const [step] of PARTS) {
    const logSizes = { ...stepped.call.logSizes, cpu: stepped.call.logSizes.cpu + STEP_UNIT * step };
    const until = (await on(limited, 'verify', flatCalldata({ ...stepped.call, logSizes }))).l2Gas;
    parts.push(until - parts.reduce((sum, part) => sum + part, 0));
  }
  const logSizes = [...Object.values(call.logSizes), ...model.record.trees[0]!.instances.map(({ logSize }) => logSize)];
  const tensorFelts = call.inputs.length + call.outputs.length;
  return {
    rows: Math.max(...logSizes),
    proofFelts: call.proof.length,
    tensorFelts,
    felts: flatCalldata(call).length,
    l2Gas,
    proveMs,
    parts,
  };
}

/** The transactions of a model's session: L2 gas of each, and the calldata of the largest. */
interface MeasuredSession {
  gas: number[];
  felts: number;
}

async function measureSession(name: string, count: number, chain: Chain, registry: bigint): Promise<MeasuredSession> {
  const program = compiledModel(name);
  const place = { chainId: chain.chainId, registry, caller: BigInt(chain.account.address), nonce: BigInt(count) };
  const { calls } = await proveSession(program, sampleInput(name, program), place, count);
  const steps = await verifySession(chain, registry, calls);
  return { gas: steps.map(({ receipt }) => receipt.l2Gas), felts: Math.max(...steps.map(({ calldataFelts }) => calldataFelts)) };
}

const sessionRow = (title: string, shards: number, { gas, felts }: MeasuredSession): string => {
  const all = millions(gas.reduce((sum, each) => sum + each, 0));
  if (shards === 1) return row(title, shards, '', millions(gas[0]!), '', all, count(felts));
  return row(title, shards, millions(gas[0]!), gas.slice(1, -1).map(millions).join(', '), millions(gas.at(-1)!), all, count(felts));
};

/** samples of the digits classifier that are proved together */
const BATCHES = [1, 4, 16];

/** One proof of several samples: its transaction, and what of it several proofs of one model in a call could share. */
interface MeasuredBatch {
  felts: number;
  l2Gas: number;
  /** a call that reads the record, unpacks and hashes the inputs, above one that does nothing */
  recordGas: number;
}

async function measureBatch(samples: number, chain: Chain, registry: bigint): Promise<MeasuredBatch> {
  const program = compiledModel('digits_mlp', samples);
  const inputs = digitInput(program, digits().pixels_0_16.slice(0, samples));
  const place = { chainId: chain.chainId, registry, caller: BigInt(chain.account.address), nonce: BigInt(100 + samples) };
  const { call, register } = await proveFor(program, inputs, place);
  const on = (entrypoint: string, calldata: bigint[]): ReturnType<typeof invoke> =>
    invoke(chain, [{ contract: registry, entrypoint, calldata }]);
  await on('register_model', register);
  const { l2Gas } = await on('verify', flatCalldata(call));
  const nothing = await on('version', []);
  const record = await on('inputs_hash', [call.modelId, BigInt(call.inputs.length), ...call.inputs]);
  return { felts: flatCalldata(call).length, l2Gas, recordGas: record.l2Gas - nothing.l2Gas };
}

const count = (n: number): string => n.toLocaleString('en-US');
const millions = (gas: number): string => count(Math.round(gas / 1e6));
const row = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** marker of a table in a document → its lines */
type Tables = Record<string, string[]>;

async function measureAll(): Promise<Tables> {
  const devnet = await startDevnet();
  try {
    const chain = await connect(`${devnet.url}/rpc`, await firstAccount(devnet.url));
    const built = await buildClass('registry');
    const { address: registry, declareGas } = await deploy(chain, built);
    const { address: limited } = await deploy(chain, await compileText('registry-by-steps', limitedSource()));
    const all: Measured[] = [];
    for (const [name] of MODELS) {
      console.error(`proving and verifying ${name}`);
      all.push(await measure(name, chain, registry, limited));
    }
    const sessions: string[] = [];
    for (const [i, [name, title]] of MODELS.entries()) {
      if (!IN_SHARDS.has(name)) continue;
      sessions.push(sessionRow(title, 1, { gas: [all[i]!.l2Gas], felts: all[i]!.felts }));
      for (const shards of [2, 4]) {
        console.error(`proving and verifying ${name} in ${shards} shards`);
        sessions.push(sessionRow(title, shards, await measureSession(name, shards, chain, registry)));
      }
    }
    const batches: string[] = [];
    for (const samples of BATCHES) {
      console.error(`proving and verifying ${samples} samples in one proof`);
      const { felts, l2Gas, recordGas } = await measureBatch(samples, chain, registry);
      batches.push(row(samples, count(felts), millions(l2Gas), (l2Gas / samples / 1e6).toFixed(1), (recordGas / 1e6).toFixed(1)));
    }
    const { libfuncs: audited, date } = auditedLibfuncs();
    const used = built.rewrite.libfuncs;
    const versions = used.map((name) => audited[name] ?? '').filter(Boolean);
    const latest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? 'any';
    return {
      transactions: [
        row('model', 'rows of the largest chip', 'calldata, felts', 'of it tensors', 'L2 gas', 'prove'),
        row('---', '--:', '--:', '--:', '--:', '--:'),
        ...all.map((m, i) =>
          row(MODELS[i]![1], `2^${m.rows}`, count(m.felts), m.tensorFelts, `${millions(m.l2Gas)} M`, `${(m.proveMs / 1000).toFixed(1)} s`),
        ),
        `| limit of a transaction | 2^${MAX_CHAIN_LOG_SIZE} | ${count(MAX_CALLDATA)} | | ${count(Number(MAX_L2_GAS) / 1e6)} M | |`,
      ],
      sessions: [
        row('model', 'shards', '`begin`, M', '`shard`, M each', '`finish`, M', 'all, M', 'calldata of the largest, felts'),
        row('---', '--:', '--:', '--:', '--:', '--:', '--:'),
        ...sessions,
      ],
      batches: [
        row('samples in one proof', 'calldata, felts', 'L2 gas, M', 'M a sample', 'of it record and inputs, M'),
        row('--:', '--:', '--:', '--:', '--:'),
        ...batches,
      ],
      parts: [
        row('part', ...MODELS.map(([, title]) => title)),
        row('---', ...MODELS.map(() => '--:')),
        ...PARTS.map(([, part], i) => row(part, ...all.map((m) => millions(m.parts[i]!)))),
        row('**all**', ...all.map((m) => `**${millions(m.parts.reduce((sum, gas) => sum + gas, 0))}**`)),
      ],
      class: [
        row('class of the registry', 'is', 'limit'),
        row('---', '--:', '--:'),
        row('felts of CASM', count(built.casmFelts), count(CLASS_LIMITS.felts)),
        row('felts of Sierra', count(built.sierraFelts), count(CLASS_LIMITS.felts)),
        row('bytes of the class file', count(built.bytes), count(CLASS_LIMITS.bytes)),
        row('libfuncs, all on the audited list', used.length, `list of ${date}`),
        row('latest Sierra version that one of them needs', latest, `${SIERRA_VERSION} declared`),
        row('L2 gas to declare it', `${millions(declareGas)} M`, 'its own bound'),
      ],
    };
  } finally {
    await devnet.stop();
  }
}

/** A document with the tables between their markers replaced. */
const withMeasured = (text: string, tables: Tables): string =>
  text.replace(/(<!-- measured: (\w+) [^\n]*-->\n)[\s\S]*?(<!-- end -->)/g, (whole, open: string, name: string, close: string) =>
    tables[name] ? `${open}${tables[name].join('\n')}\n${close}` : whole,
  );

const tables = await measureAll();
for (const lines of Object.values(tables)) console.log(`${lines.join('\n')}\n`);
if (process.argv.includes('--write'))
  for (const document of ['README.md', 'contracts/README.md']) {
    const file = path.join(import.meta.dirname, '..', document);
    fs.writeFileSync(file, withMeasured(fs.readFileSync(file, 'utf8'), tables));
  }
process.exit(0);
