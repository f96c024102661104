// The tasks of one phase, as words: the number of a kernel and its arguments, TASK_WORDS for each. An array for each would be garbage,
// which V8 now and then takes for long-lived when a collection finds a thousand of them waiting (150 KB a proof of old generation then).
// Source: ours. Caveat: words are signed here and addresses are not; WebAssembly takes either.
import { bug } from '../../fri/core/errors.ts';
import { TASK_WORDS } from './map.ts';

const FIRST_TASKS = 64;

/** A list that is used again and again: `begin` forgets what it had. */
export class TaskList {
  count = 0;
  words = new Int32Array(FIRST_TASKS * TASK_WORDS);
  #kernel = 0;

  /** @param kernel number of the kernel of all tasks to come */
  begin(kernel: number): void {
    this.count = 0;
    this.#kernel = kernel;
  }

  /** one more task with these arguments */
  readonly add: AddTask = (...args) => {
    if (args.length >= TASK_WORDS) throw bug(`a task of ${args.length} arguments`);
    const at = this.count++ * TASK_WORDS;
    if (at === this.words.length) {
      const larger = new Int32Array(2 * at);
      larger.set(this.words);
      this.words = larger;
    }
    this.words[at] = this.#kernel;
    for (let i = 0; i < args.length; i++) this.words[at + 1 + i] = args[i]!;
  };
}

export type AddTask = (...args: number[]) => void;
