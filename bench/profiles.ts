// How the numbers of the profiles were found: for `proven` the fewest queries that reach its floor at every size, for the contract the
// most proven bits that a transaction has room for at each blowup. Run: npm run bench:profiles. Source: fri/pcs/security.ts, PCS.md §14.
// Caveat: gas is an estimate: the measured parts of contracts/README.md, scaled by the felts that each part reads.
import { shapesOf } from '../air/machine.ts';
import { MAX_CALLDATA, PACK } from '../contracts/class/limits.ts';
import { foldSteps, layoutOf, sampleCount } from '../fri/pcs/layout.ts';
import { LAST_LOG, PROFILES, type Profile } from '../fri/pcs/profile.ts';
import { proofSize, someRandomPositions } from '../fri/pcs/proof-size.ts';
import type { SecurityReport } from '../fri/pcs/security.ts';
import { WASM } from '../gpu/wasm/kind.ts';
import { instanceOf as instance, MACHINE, REPEATED_TYPES } from '../vm/chips/machine.ts';
import { PROGRAM_CHIPS, RUN_CHIPS } from '../vm/chips/table.ts';
import { predict } from '../vm/estimate/predict.ts';
import { securityOf } from '../vm/statement/instances.ts';
import { LENET_SIZES, table } from './reference-tables.ts';

/** instances of a repeated chip that a list may have beyond the first (vm/statement/instances.ts) */
const MOST_REPEATED = 31;
/** public terms of a large input and output */
const PUBLIC_TERMS = 2 ** 12;

const oneOfEach = (logSize: number) => MACHINE.components.map((_, type) => instance(type, logSize));

/** one of each chip of that height, and as many more as are allowed, as high as the limit on fractions lets them be */
function largestList(profile: Profile, logSize: number): SecurityReport {
  for (let more = logSize; more > 0; more--) {
    const list = [
      ...oneOfEach(logSize),
      ...[...REPEATED_TYPES].flatMap((type) => Array.from({ length: MOST_REPEATED }, () => instance(type, more))),
    ].sort((a, b) => a.type - b.type);
    try {
      return securityOf(profile, list, PUBLIC_TERMS);
    } catch {
      // too many fractions: smaller ones
    }
  }
  throw new Error('no list of this size has few enough fractions');
}

/** least queries whose report is good; undefined when not even a thousand are */
function leastQueries(profile: Profile, good: (profile: Profile) => boolean): number | undefined {
  if (!good({ ...profile, queries: 1000 })) return undefined;
  let [low, high] = [1, 1000];
  while (low < high) {
    const queries = (low + high) >> 1;
    if (good({ ...profile, queries })) high = queries;
    else low = queries + 1;
  }
  return low;
}

const bits = (x: number): string => x.toFixed(1);

/** queries that `proven` needs, by the largest height and the work before the DEEP coefficient */
function searchTable(): string {
  const { proven } = PROFILES;
  const withDeep = (deep: number): Profile => ({ ...proven, work: { ...proven.work, deep } });
  const needed = (profile: Profile, report: (profile: Profile) => SecurityReport): string | number =>
    leastQueries(profile, (p) => report(p).provenBits >= proven.floor.bits) ?? 'never';
  const rows = Array.from({ length: 24 - 5 }, (_, i) => i + 6).map((logSize) => [
    logSize,
    ...[12, 14, 16, 18].map((deep) => needed(withDeep(deep), (p) => largestList(p, logSize))),
    needed(proven, (p) => securityOf(p, oneOfEach(logSize), PUBLIC_TERMS)),
    bits(securityOf(proven, oneOfEach(logSize), PUBLIC_TERMS).provenBits),
    bits(largestList(proven, logSize).provenBits),
  ]);
  return table(
    ['L', 'DEEP work 12', '14', '16', '18', 'one of each chip', `bits at ${proven.queries}, one of each`, 'bits, largest list'],
    ['r', 'r', 'r', 'r', 'r', 'r', 'r', 'r'],
    rows,
  );
}

/** L2 gas of a transaction, in millions */
const MAX_GAS = 1100;
/** felts of a call besides the proof, with tensors as large as an image of 28 × 28 */
const STATEMENT_FELTS = 112;
/** measured parts of LeNet-5 (L = 15) in contracts/README.md, in millions: what grows with calldata, with nothing, with openings */
const GAS = { calldata: 30, fixed: 7 + 12 + 9, openings: 69 + 38, logSize: 15 };

/** DEEP and folds are what limits the Johnson regime, and their work is not noticed beside 24 bits for the queries */
const MORE_WORK = { ...PROFILES.chain.work, deep: 20, fold: 18 };

interface ChainSize {
  felts: number;
  /** felts that the positions ask for: rows, witnesses, cosets */
  openings: number;
}

function chainSize(profile: Profile, logSize: number): ChainSize {
  const list = oneOfEach(logSize);
  const layout = layoutOf(shapesOf(MACHINE, list));
  const positions = someRandomPositions(profile, logSize + profile.logBlowup);
  const felts = proofSize(layout, profile, 1, positions).calldataFelts;
  const layers = foldSteps(logSize).length;
  const values = [list.length, sampleCount(layout), 2 ** LAST_LOG].reduce((sum, count) => sum + Math.ceil((4 * count) / PACK), 0);
  return { felts, openings: felts - values - 2 * (3 + layers) }; // a nonce and a root: base, interaction, composition or query, a layer
}

/** gas in millions: a felt of an opening is hashed and multiplied about alike, whether it holds a digest or eight values */
function gasOf(profile: Profile, logSize: number): number {
  const measured = chainSize(PROFILES.chain, GAS.logSize);
  const { felts, openings } = chainSize(profile, logSize);
  return GAS.fixed + (GAS.calldata * felts) / measured.felts + (GAS.openings * openings) / measured.openings;
}

/** what a proof of LeNet's heights takes, beside `chain` */
function timeRatio(profile: Profile): number {
  const sizes = [...RUN_CHIPS, ...PROGRAM_CHIPS].map((chip) => ({ chip, logSize: LENET_SIZES[chip] }));
  const ms = (p: Profile): number => predict(sizes, p, WASM, 2, 1).proveMs;
  return ms(profile) / ms(PROFILES.chain);
}

/** most proven bits that fit into a transaction */
function chainTable(): string {
  const { chain } = PROFILES;
  const row = (name: string, profile: Profile, logSize: number): (string | number)[] => {
    const { conjecturedBits, regimeBits } = securityOf(profile, oneOfEach(logSize), PUBLIC_TERMS);
    return [
      logSize,
      name,
      profile.queries,
      [profile.work.query, profile.work.interaction, profile.work.deep, profile.work.fold].join(' / '),
      bits(regimeBits.johnson),
      bits(regimeBits.unique),
      bits(conjecturedBits),
      chainSize(profile, logSize).felts + STATEMENT_FELTS,
      gasOf(profile, logSize).toFixed(0),
      (gasOf(profile, logSize) / gasOf(chain, logSize)).toFixed(2),
      timeRatio(profile).toFixed(2),
    ];
  };
  const rows = [13, 15, 18, 20].flatMap((logSize) => {
    const fits = (profile: Profile): boolean =>
      chainSize(profile, logSize).felts + STATEMENT_FELTS <= MAX_CALLDATA && gasOf(profile, logSize) <= MAX_GAS;
    const best = [4, 5, 6].flatMap((logBlowup) =>
      [chain.work, MORE_WORK].map((work) => {
        const profile = { ...chain, logBlowup, work };
        const most = leastQueries(profile, (p) => !fits(p))! - 1;
        // more queries than the other errors let count are not worth their gas
        const report = (queries: number): number => securityOf({ ...profile, queries }, oneOfEach(logSize), PUBLIC_TERMS).provenBits;
        let queries = most;
        while (queries > 1 && report(queries - 1) > report(most) - 0.1) queries--;
        return row(`${2 ** logBlowup}`, { ...profile, queries }, logSize);
      }),
    );
    return [row('16, `chain`', chain, logSize), ...best];
  });
  return table(
    [
      'L',
      'blowup',
      'queries',
      'work: queries / interaction / DEEP / fold',
      'Johnson',
      'unique',
      'conjectured',
      'felts',
      'gas, M',
      'gas ratio',
      'time ratio',
    ],
    ['r', 'l', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r'],
    rows,
  );
}

console.log(
  `queries that profile \`proven\` needs for ${PROFILES.proven.floor.bits} proven bits in the sum, 32 instances each of mac and store; last columns as chosen\n${searchTable()}\n`,
);
console.log(
  `most proven bits in ${MAX_CALLDATA} felts and ${MAX_GAS} M gas, with the work of profile chain and with more\n${chainTable()}`,
);
