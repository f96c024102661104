// Compiles a model, proves what it answers, and verifies the proof with the record alone. Run it with a folder that holds model.onnx, calib.json and
// input.json: `npx tsx examples/node/prove.ts test/models/digits_mlp`. Caveat: profile `fast`, for a quick answer; leave it out for 100 proven bits.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { compile, createProver, type ModelTensors, verify } from '../../index.ts'; // 'zkvm' in a project of yours

const folder = process.argv[2] ?? '.';
const read = (file: string): Promise<Uint8Array> => readFile(path.join(folder, file));
const json = async <T>(file: string): Promise<T> => JSON.parse(new TextDecoder().decode(await read(file))) as T;

const model = await compile(await read('model.onnx'), { calibration: await json<ModelTensors[]>('calib.json') });
await using prover = await createProver();
console.error(`${prover.backend}: ${prover.why}`);

const { proof, outputs } = await prover.prove(model, await json<ModelTensors>('input.json'), {
  profile: 'fast',
  onProgress: ({ phase, fraction }) => console.error(`${Math.round(100 * fraction)} % ${phase}`),
});
const verdict = await verify(proof, model.record, { outputs, profiles: ['fast'] });
console.log(
  JSON.stringify({
    model: verdict.modelId,
    proofBytes: proof.length,
    outputs: Object.fromEntries(Object.entries(verdict.outputs).map(([name, { data }]) => [name, [...data]])),
  }),
);
