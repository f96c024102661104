// What the service allows: every limit once, with its option, its variable of the environment, its default and its bounds. An option wins over
// the environment. Source: README "As a service". Caveat: commands.ts reads the table, so nothing heavy is imported here.
import { usage } from '../../fri/core/errors.ts';

interface Limit {
  readonly default: number | undefined;
  readonly least: number;
  readonly most: number;
  /** parts of one are allowed */
  readonly fraction?: true;
  readonly describe: string;
}

export const LIMITS = {
  port: { default: 8080, least: 0, most: 65_535, describe: 'port to listen on; 0 takes a free one' },
  workers: { default: undefined, least: 1, most: 64, describe: 'proofs at a time, each in a thread of its own; default: one a core' },
  threads: { default: 1, least: 1, most: 32, describe: 'threads of each of them; default 1, which gives most proofs an hour' },
  cache: { default: 512, least: 1, most: 4096, describe: 'megabytes of prepared models that a worker keeps; default 512' },
  'max-body': { default: 64, least: 0.001, most: 1024, fraction: true, describe: 'megabytes of an upload; default 64' },
  'max-input': { default: 8, least: 0.001, most: 256, fraction: true, describe: 'megabytes of a request with inputs; default 8' },
  'max-models': { default: 100, least: 1, most: 10_000, describe: 'models that are kept; default 100' },
  'max-queue': { default: 1000, least: 1, most: 1_000_000, describe: 'jobs that wait or run; default 1000' },
  'job-seconds': { default: 600, least: 0.01, most: 86_400, fraction: true, describe: 'most seconds that a job may run; default 600' },
  'max-cells': {
    default: 2 ** 25,
    least: 1000,
    most: 2 ** 30,
    describe: 'cells of a shard of a proof that several machines make; default 33554432, about 600 MB',
  },
  'lease-seconds': {
    default: 30,
    least: 1,
    most: 3600,
    fraction: true,
    describe: 'seconds after which the piece of a machine that says nothing is given to another one; default 30',
  },
  'store-seconds': {
    default: 60,
    least: 0,
    most: 3600,
    fraction: true,
    describe: 'seconds that a store which does not answer is asked again, before a piece is put back; default 60',
  },
  'compile-seconds': {
    default: 120,
    least: 0.01,
    most: 3600,
    fraction: true,
    describe: 'most seconds to read or compile a model; default 120',
  },
  'compile-memory': { default: 2048, least: 16, most: 65_536, describe: 'megabytes of heap to read or compile a model; default 2048' },
  rate: {
    default: 100,
    least: 0,
    most: 100_000,
    describe: 'requests a second from one address, twice as many at once; default 100, 0: no limit',
  },
  'client-seconds': {
    default: 60,
    least: 0.1,
    most: 3600,
    fraction: true,
    describe: 'most seconds that a client may take to send a request; default 60',
  },
  'grace-seconds': {
    default: 10,
    least: 0,
    most: 3600,
    fraction: true,
    describe: 'seconds that running jobs get at the end, before they are put back; default 10',
  },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof LIMITS;
export type Limits = { readonly [Name in LimitName]: number };

/** ZKVM_MAX_BODY for max-body */
export const variableOf = (name: string): string => `ZKVM_${name.toUpperCase().replaceAll('-', '_')}`;

/** the options of the command, for its table */
export const LIMIT_OPTIONS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, { describe }]) => [name, { type: 'number', describe: `${describe} (${variableOf(name)})` }]),
) as { readonly [Name in LimitName]: { readonly type: 'number'; readonly describe: string } };

/**
 * @param options what was given on the command line
 * @param cores of the machine: as many workers where nobody says otherwise
 * @throws ZK0906 naming the option or the variable
 */
export function limitsOf(
  options: { readonly [Name in LimitName]?: number | undefined },
  environment: Readonly<Record<string, string | undefined>>,
  cores: number,
): Limits {
  const value = (name: LimitName): number => {
    const { default: usual, least, most, fraction }: Limit = LIMITS[name];
    const variable = environment[variableOf(name)];
    const own = options[name];
    const said = own !== undefined ? own : variable === undefined || variable.trim() === '' ? (usual ?? cores) : Number(variable);
    if (!(said >= least && said <= most) || (!fraction && !Number.isInteger(said)))
      throw usage('ZK0906', {
        what: `${own !== undefined ? `--${name} is ${own}` : `${variableOf(name)} is ${JSON.stringify(variable?.slice(0, 40))}`}`,
        why: `a ${fraction ? '' : 'whole '}number from ${least} to ${most} is needed`,
        fix: 'see zkvm serve --help',
      });
    return said;
  };
  const names = Object.keys(LIMITS) as LimitName[];
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Limits;
}
