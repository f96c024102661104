// How long a context may be, said by whoever makes a statement.
import { expect, test } from 'vitest';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { execute } from '../../../vm/executor/run.ts';
import { proveExecution } from '../../../vm/prove.ts';
import { MAX_CONTEXT_BYTES, requireContext } from '../../../vm/statement/context.ts';
import { prepareModel } from '../../../vm/statement/model.ts';
import { EXAMPLES } from '../programs.ts';

test('the longest is taken, one byte more is refused, by the prover too', async () => {
  requireContext(new Uint8Array(MAX_CONTEXT_BYTES));
  expect(() => requireContext(new Uint8Array(MAX_CONTEXT_BYTES + 1))).toThrow(/ZK0311/);
  const { program, inputs } = EXAMPLES[0]!();
  const model = await prepareModel(program, PROFILES.test, jsBackend());
  const proof = proveExecution(model, execute(program, inputs), { context: new Uint8Array(MAX_CONTEXT_BYTES + 1) });
  await expect(proof).rejects.toThrow(/ZK0311/);
});
