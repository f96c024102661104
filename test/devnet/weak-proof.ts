// A forger's prover: it absorbs the words of the registered profile and then follows a weaker one. Caveat: it relies on the profile being
// read once for the transcript before it is read for work and queries, which `forged` counts.
import { prove } from '../../air/prove.ts';
import type { VerifyCall } from '../../contracts/calldata.ts';
import { PROFILES, type Profile } from '../../fri/profile.ts';
import { toCalldata } from '../../fri/stream.ts';
import { execute } from '../../vm/executor.ts';
import { fillTraces } from '../../vm/fill.ts';
import { MACHINE } from '../../vm/machine.ts';
import { tensorWords } from '../../vm/packing.ts';
import type { IntegerTensors, Program } from '../../vm/program.ts';
import { backend, type ProvedCall } from './proofs.ts';

/** work and queries of `chain` at the first look, those of `weak` from the second on */
function forged(weak: Profile): Profile {
  const { chain } = PROFILES;
  let [queriesRead, workRead] = [0, 0];
  return {
    ...weak,
    get queries() {
      return queriesRead++ === 0 ? chain.queries : weak.queries;
    },
    get work() {
      return workRead++ === 0 ? chain.work : weak.work;
    },
  };
}

/** A call whose proof was made with less than the profile asks for, for the honest statement. */
export async function proveWeak(program: Program, inputs: IntegerTensors, honest: ProvedCall, weak: Profile): Promise<VerifyCall> {
  const run = execute(program, inputs);
  const { model, verdict, call } = honest;
  const { writer } = await prove({
    machine: MACHINE,
    profile: forged(weak),
    backend: await backend(),
    statement: {
      modelId: model.id,
      preprocessedRoots: [model.record.preprocessedRoot],
      inputs: tensorWords(program.inputs, run.inputs, 'input'),
      outputs: tensorWords(program.outputs, run.outputs, 'output'),
      context: verdict.context,
    },
    instances: fillTraces(run),
    setup: model.setup,
  });
  return { ...call, proof: toCalldata(writer), items: writer.items };
}
