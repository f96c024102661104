// Prints whether a backend with a native driver runs here, as one JSON line: the process that `zkvm doctor` and `auto` start, so that a driver
// that crashes takes only this one along. Run: gpu-probe NAME. Source: gpu/kind/kind.ts. Caveat: it prints a line for every failure that it
// survives, and nothing otherwise.
import { kindNamed } from '../gpu/backends.ts';

const found = await kindNamed(process.argv[2] ?? '')?.availability();
if (found) process.stdout.write(`${JSON.stringify(found)}\n`);
