// What a worker thread runs, as text: Node starts it with `eval`, a browser from a Blob, and neither needs a file beside the bundle.
// Source: the protocol of pool.ts. Caveat: plain JavaScript without imports; the type checker does not see it, the conformance test does.
import { TASK_WORDS } from './map.ts';

/** a task's arguments, one by one: a spread would be garbage at every task */
const ARGUMENTS = Array.from({ length: TASK_WORDS - 1 }, (_, i) => `table[at + ${i + 1}]`).join(', ');

/** waits for tasks; goes back to its event loop for a new module when `remaining` is negative, once for each such value */
export const WORKER_SOURCE = `'use strict';
const port = typeof require === 'function' ? require('node:worker_threads').parentPort : self;
const kernels = [];
const labels = [];
let env, words, control, table, tasks, taskWords, timed;
let handled = 0;
// when it worked: a stretch is from its first task of a phase to its last, under the name of the first
let stretches = [];
let began = 0;
let ended = 0;
let label = '';
const clock = () => performance.timeOrigin + performance.now();
function rest() {
  stretches.push({ label, startMs: began, ms: ended - began });
  began = 0;
}
function work() {
  const { remaining, done, failed, left, count } = control;
  for (let spins = 0; ; ) {
    const now = Atomics.load(words, remaining);
    if (now <= 0 && began > 0) rest();
    if (now < 0 && now !== handled) {
      handled = now;
      Atomics.add(words, left, 1);
      Atomics.notify(words, left);
      return;
    }
    if (now <= 0) {
      if (++spins > 4000) {
        Atomics.wait(words, remaining, now);
        spins = 0;
      }
      continue;
    }
    if (Atomics.compareExchange(words, remaining, now, now - 1) !== now) continue;
    spins = 0;
    const at = (now - 1) * taskWords;
    if (timed && began === 0) {
      label = labels[table[at]];
      began = clock();
    }
    try {
      kernels[table[at]](${ARGUMENTS});
    } catch (error) {
      Atomics.store(words, failed, 1);
    }
    if (timed) ended = clock();
    if (Atomics.add(words, done, 1) + 1 === Atomics.load(words, count)) Atomics.notify(words, done);
  }
}
function receive(message) {
  if (message.memory) {
    ({ tasks, taskWords, control, timed } = message);
    env = { memory: message.memory, scratch: message.scratch };
    words = new Int32Array(message.memory.buffer, 0, 16);
    table = new Int32Array(message.memory.buffer, tasks);
    port.postMessage('ready');
  } else if (message.times) {
    port.postMessage(stretches);
    stretches = [];
  } else {
    labels.push(...message.names);
    const { exports } = new WebAssembly.Instance(message.module, { env });
    for (const name of message.names) kernels.push(exports[name]);
  }
  work();
}
if (typeof require === 'function') port.on('message', receive);
else port.onmessage = (event) => receive(event.data);
`;
