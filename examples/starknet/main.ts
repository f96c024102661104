// A page with a wallet: choose a model and an activity, press the button, sign once. Caveat: it takes the wallet that a browser extension puts at
// `window.starknet_…`, as get-starknet 4 finds them; with that package it is `const wallet = await connect()`, and nothing else changes.
import { openNode, type Wallet } from '../../contracts/client/starknet.ts'; // 'zkvm/starknet' in a project of yours
import { connectProver, Model, type ModelTensors, ZkvmError } from '../../index.ts'; // 'zkvm/prover' in a project of yours
import { claim } from './claim.ts';

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const [file, activity, pay] = [
  element<HTMLInputElement>('model'),
  element<HTMLTextAreaElement>('activity'),
  element<HTMLButtonElement>('pay'),
];
const said = element<HTMLPreElement>('said');
const settings = new URLSearchParams(location.search); // ?rpc=…&registry=0x…&airdrop=0x…
const setting = (name: string): string => settings.get(name) ?? '';

const found = Object.keys(window).find((name) => name.startsWith('starknet_'));
const wallet = found === undefined ? undefined : (window as unknown as Record<string, Wallet>)[found];

const prover = await connectProver(new Worker(new URL('../vite/prover-worker.ts', import.meta.url), { type: 'module' }));
const node = await openNode(setting('rpc'));

pay.onclick = async () => {
  const chosen = file.files?.[0];
  if (!chosen || !wallet) {
    said.textContent = wallet ? 'choose a model' : 'this browser has no Starknet wallet';
    return;
  }
  try {
    const model = Model.load(new Uint8Array(await chosen.arrayBuffer()));
    const place = { node, wallet, registry: BigInt(setting('registry')), airdrop: BigInt(setting('airdrop')) };
    const receipt = await claim(place, prover, model, JSON.parse(activity.value) as ModelTensors, [], (hash) => {
      said.textContent = `sent ${hash}`;
    });
    said.textContent = receipt ? `paid in block ${receipt.blockNumber}` : 'there was nothing to send';
  } catch (error) {
    // the code says which it is: ZK0745 the visitor does not want to, ZK0746 his wallet is on another chain, ZK0705 he cannot pay, ZK0752 he was paid
    said.textContent = error instanceof ZkvmError ? `${error.code} ${error.message}` : String(error);
  }
};
