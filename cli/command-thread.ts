// The thread that a command works in: it runs one command, shows its error, and posts the exit code. Its streams are those of the process.
// Source: cli/thread.ts, which starts it. Caveat: signals never come here; the thread that started it ends it, wherever it is.
import { parentPort, workerData } from 'node:worker_threads';
import { reportError } from './io/error-text.ts';
import { setOwner, tellOwner } from './io/owner.ts';
import { provideStandardInput } from './io/standard-input.ts';
import { processTerminal } from './io/terminal.ts';
import { runModule } from './modules.ts';
import type { Task } from './thread.ts';

const { name, args, json, talk, standardInput } = workerData as Task;
setOwner((report) => parentPort?.postMessage(report));
if (standardInput) provideStandardInput(standardInput);
const terminal = processTerminal(talk);
let code: number;
try {
  code = await runModule(name, args as never, terminal);
} catch (error) {
  code = reportError(terminal, error, json);
}
tellOwner({ code });
