// A page that proves in a worker, with a bar and a button that ends it. Caveat: the input is drawn at random within the model's range; a real page
// takes it from an image.
import { connectProver, Model, verify, ZkvmError } from '../../index.ts'; // 'zkvm/prover' and 'zkvm/verifier' in a project of yours

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const [file, prove, stop] = [element<HTMLInputElement>('model'), element<HTMLButtonElement>('prove'), element<HTMLButtonElement>('stop')];
const [bar, said] = [element<HTMLProgressElement>('bar'), element<HTMLPreElement>('said')];

const worker = new Worker(new URL('./prover-worker.ts', import.meta.url), { type: 'module' });
const prover = await connectProver(worker, { device: 'auto' });
said.textContent = `${prover.backend}: ${prover.why}`;
let model: Model | undefined;

file.onchange = async () => {
  const chosen = file.files?.[0];
  if (chosen) model = Model.load(new Uint8Array(await chosen.arrayBuffer()));
  prove.disabled = model === undefined;
};

prove.onclick = async () => {
  if (!model) return;
  const controller = new AbortController();
  stop.onclick = () => controller.abort();
  stop.disabled = false;
  const inputs = Object.fromEntries(
    model.inputs.map(({ name, shape, range: [least, most] }) => [
      name,
      { shape, data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => least + Math.random() * (most - least)) },
    ]),
  );
  try {
    const onProgress = ({ fraction }: { fraction: number }): void => {
      bar.value = fraction;
    };
    const { proof, outputs } = await prover.prove(model, inputs, { signal: controller.signal, onProgress });
    const { modelId, labels } = await verify(proof, model.recordFor(['proven']), { outputs });
    said.textContent = `${proof.length} bytes, accepted\nmodel ${modelId}\n${labels?.join(', ') ?? ''}`;
  } catch (error) {
    said.textContent = error instanceof ZkvmError || error instanceof Error ? error.message : String(error);
  } finally {
    stop.disabled = true;
  }
};
