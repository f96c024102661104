// The contracts that `zkvm deploy --consumer` knows, and what their constructors take. Source: contracts/class/hashes.ts. Caveat: the help reads this
// file, so it imports nothing heavy.
import { CLASS_HASHES, type ClassName, type Parameter } from '../contracts/class/hashes.ts';

type ConsumerName = Exclude<ClassName, 'registry'>;

export const CONSUMERS = Object.keys(CLASS_HASHES).filter((name) => name !== 'registry') as ConsumerName[];

/** parameters as help and errors list them */
export const signatureOf = (parameters: readonly Parameter[]): string => parameters.map(({ name, type }) => `${name}: ${type}`).join(', ');

export const CONSUMER_HELP = CONSUMERS.map((name) => `${name} (${signatureOf(CLASS_HASHES[name].parameters)})`).join('; ');
