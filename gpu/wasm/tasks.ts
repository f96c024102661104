// The tasks of one phase, as words: the number of a kernel and its arguments, TASK_WORDS for each. An array or an object for each would be
// garbage, which V8 now and then takes for long-lived when a collection finds a thousand of them waiting (150 KB a proof of old generation then).
// Source: ours. Caveat: words are signed here and addresses are not; WebAssembly takes either.
import { bug } from '../../fri/core/errors.ts';
import { TASK_WORDS } from './map.ts';

const FIRST_TASKS = 64;

/** A list that is used again and again: `clear` forgets what it had. */
export class TaskList {
  count = 0;
  words = new Int32Array(FIRST_TASKS * TASK_WORDS);

  clear(): void {
    this.count = 0;
  }

  /** one more task, a copy of these words */
  add(task: Int32Array): void {
    const at = this.count++ * TASK_WORDS;
    if (at === this.words.length) {
      const larger = new Int32Array(2 * at);
      larger.set(this.words);
      this.words = larger;
    }
    this.words.set(task, at);
  }
}

/** the arguments of a task by name, to be assigned */
export type TaskArguments<Argument extends string> = Record<Argument, number>;

/** A kernel that the pool knows, with the task that is written next. */
export class Kernel<Argument extends string> {
  /** number and arguments */
  readonly words = new Int32Array(TASK_WORDS);
  /** assigning an argument writes its word: a setter for each, because going through names at every task takes longer than a short kernel */
  readonly next: TaskArguments<Argument>;

  /** @param names of its arguments, in order */
  constructor(number: number, names: readonly Argument[]) {
    if (names.length >= TASK_WORDS) throw bug(`a task of ${names.length} arguments`);
    const { words } = this;
    words[0] = number;
    const next = {} as TaskArguments<Argument>; // whose properties the next line defines
    names.forEach((name, i) => {
      Object.defineProperty(next, name, {
        enumerable: true,
        get: () => words[1 + i],
        set: (value: number) => {
          words[1 + i] = value;
        },
      });
    });
    this.next = next;
  }
}
