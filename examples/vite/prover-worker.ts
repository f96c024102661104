// The worker that proves: this line is all of it. Caveat: it must be a module of its own, for it takes every message.
import '../../vm/library/worker.ts'; // 'zkvm/worker' in a project of yours
