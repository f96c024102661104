// The backends that there are, the fastest first: whatever offers, describes or compares backends goes through this list. The choices of
// `--backend`, `zkvm doctor`, `zkvm estimate`, benchmarks and conformance tests have a new one by its line here. Source: DESIGN §9.
// Caveat: nothing heavy is imported: a backend's code is loaded when it is started.
import { JS } from './js/kind.ts';
import type { BackendKind } from './kind/kind.ts';
import { WASM } from './wasm/kind.ts';
import { WEBGPU } from './webgpu/kind.ts';

const LIST = [WEBGPU, WASM, JS] as const;

type Listed = (typeof LIST)[number];

type OptionsOf<Kind> = Kind extends { start(options: infer Options): unknown } ? (options: Options) => void : never;
/** options of all backends together; each takes its own */
export type BackendOptions = OptionsOf<Listed> extends (options: infer All) => void ? All : never;

/** in the order in which `auto` tries them; the last one runs everywhere */
export const BACKENDS: readonly BackendKind<BackendOptions>[] = LIST;

export const AUTO = 'auto';
export const BACKEND_NAMES = [AUTO, ...LIST.map(({ name }) => name)] as const;

/** what the list says of a name */
export const kindNamed = (name: string): BackendKind<BackendOptions> | undefined => BACKENDS.find((kind) => kind.name === name);
