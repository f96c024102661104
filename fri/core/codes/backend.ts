// Backends: codes ZK06. Caveat: codes are stable and never used again for something else; titles and texts may be improved.
import type { CodeTable } from './entry.ts';

export const BACKEND_CODES = {
  ZK0601: { kinds: ['backend'], title: 'There is no WebGPU adapter', help: 'The message says why. `--backend wasm` needs none.' },
  ZK0602: { kinds: ['backend'], title: 'The only WebGPU adapter is a software one', help: 'It is slower than wasm. Take --backend wasm.' },
  ZK0603: { kinds: ['backend'], title: 'The WebGPU adapter gives no device', help: 'The driver refuses. Take --backend wasm.' },
  ZK0604: {
    kinds: ['backend'],
    title: 'The WebGPU device is lost',
    help: 'The driver was reset, or another program took the device. `auto` goes on with wasm.',
  },
  ZK0605: {
    kinds: ['backend', 'bug'],
    title: 'The WebGPU device refused a command',
    help: "Out of memory, or a kernel that this driver does not take: please report the second with the adapter's name.",
  },
  ZK0606: {
    kinds: ['backend'],
    title: 'The proof does not fit the GPU',
    help: 'It is found before the first upload. Take --backend wasm or a smaller model.',
  },
  ZK0607: {
    kinds: ['backend'],
    title: 'The package of the WebGPU backend is not installed',
    help: 'It has the GPU libraries of five platforms, so it is optional. The message has the command. `--backend wasm` needs none.',
  },
  ZK0610: { kinds: ['usage'], title: 'There is no such backend or number of threads', help: 'The message lists what there is.' },
  ZK0611: { kinds: ['backend'], title: 'The engine has no WASM SIMD', help: 'Take --backend js, or a newer engine.' },
  ZK0620: {
    kinds: ['backend'],
    title: 'The proof does not fit into memory',
    help: 'It is found before work starts. Prove a smaller model or batch; the message says how much would fit.',
  },
  ZK0621: {
    kinds: ['backend'],
    title: 'The proof does not fit into the WASM memory',
    help: 'WebAssembly addresses 4 GiB. Prove a smaller model or batch, or take --backend js.',
  },
  ZK0622: { kinds: ['backend'], title: 'The engine gives no memory to WebAssembly', help: 'Take --backend js, or free some memory.' },
  ZK0623: { kinds: ['backend'], title: 'A worker thread did not start', help: 'Take --threads 1.' },
  ZK0624: { kinds: ['backend'], title: 'A worker thread is gone', help: 'Start again; take --threads 1 if it happens again.' },
  ZK0625: {
    kinds: ['usage'],
    title: 'The prover is closed',
    help: 'Make another one with `createProver`; close it when the last proof is made.',
  },
  ZK0626: {
    kinds: ['usage'],
    title: 'A function of the library was given something else than it takes',
    help: 'The message says what it takes. Types find it before the program runs; `as any` and plain JavaScript do not.',
  },
} as const satisfies CodeTable;
