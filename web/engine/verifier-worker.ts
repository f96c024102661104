// The worker that verifies: the verifier and nothing else of the library. Caveat: its word is as good as the record that it is given.
import { ModelRecord, verify } from 'zkvm/verifier';
import { host } from './host.ts';
import type { VerifierQuestions } from './questions.ts';

host<VerifierQuestions>({
  verify: async ({ proof, record, profiles }, { signal }) => {
    const started = performance.now();
    const model = ModelRecord.decode(record);
    const verdict = await verify(proof, model, { signal, ...(profiles && { profiles }) });
    return { ...verdict, ms: performance.now() - started, names: model.labels };
  },
});
