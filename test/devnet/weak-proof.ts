// A forger's prover: its transcript absorbs the words of the registered profile, then it follows a weaker one. Caveat: it knows that the
// transcript reads id, blowup, queries and work of a profile in this order, each once; `forged` answers those reads with the registered one.
import { prove } from '../../air/prove.ts';
import type { VerifyCall } from '../../contracts/client/calldata.ts';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { toCalldata } from '../../fri/pcs/stream.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import { planInstances } from '../../vm/chips/split.ts';
import { execute } from '../../vm/executor/run.ts';
import { tensorWords } from '../../vm/program/packing.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { prepareModel } from '../../vm/statement/model.ts';
import { backend, type ProvedCall } from './proofs.ts';

/** what `chain` is while the transcript looks, from its id to its work, and `weak` otherwise */
function forged(weak: Profile): Profile {
  const { chain } = PROFILES;
  let shown = weak;
  return {
    ...weak,
    get id() {
      shown = chain;
      return chain.id;
    },
    get logBlowup() {
      return shown.logBlowup;
    },
    get queries() {
      return shown.queries;
    },
    get work() {
      const { work } = shown;
      shown = weak;
      return work;
    },
  };
}

/**
 * A call whose proof was made with less than the profile asks for, for the honest statement.
 * @param claim whether the proof claims to be of profile `chain`; else its transcript says what it is
 */
export async function proveWeak(
  program: Program,
  inputs: IntegerTensors,
  honest: ProvedCall,
  weak: Profile,
  claim = true,
): Promise<VerifyCall> {
  const run = execute(program, inputs);
  const { model, verdict, call } = honest;
  const {
    setups: [setup],
  } = weak.logBlowup === PROFILES.chain.logBlowup ? model : await prepareModel(program, weak, await backend());
  const { writer } = await prove({
    machine: MACHINE,
    profile: claim ? forged(weak) : weak,
    backend: await backend(),
    statement: {
      modelId: model.id,
      preprocessedRoots: [model.record.trees[0]!.root],
      inputs: tensorWords(program.inputs, run.inputs, 'input'),
      outputs: tensorWords(program.outputs, run.outputs, 'output'),
      context: verdict.context,
    },
    instances: fillTraces(run, planInstances(run, PROFILES.chain)),
    setup: setup!,
  });
  return { ...call, proof: toCalldata(writer), items: writer.items };
}
