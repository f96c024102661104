// The choice of a backend: by name, by itself, and with a reason.
import { expect, test } from 'vitest';
import { BACKEND_NAMES } from '../../gpu/backends.ts';
import { selectBackend } from '../../gpu/select.ts';
import { hasSimd } from '../../gpu/wasm/kind.ts';

const closed = async (selected: Promise<{ backend: { name: string }; why: string }>) => {
  const { backend, why } = await selected;
  (backend as { close?: () => void }).close?.();
  return { name: backend.name, why };
};

test('js and wasm are what they are called', async () => {
  expect(await closed(selectBackend('js'))).toMatchObject({ name: 'js' });
  expect(await closed(selectBackend('wasm', { threads: 1 }))).toMatchObject({ name: 'wasm', why: 'WASM-SIMD on one thread' });
  expect(await closed(selectBackend('wasm', { threads: 2 }))).toMatchObject({ name: 'wasm', why: 'WASM-SIMD on 2 threads' });
});

test('auto takes the fastest that runs here, and says why', async () => {
  const { name, why } = await closed(selectBackend('auto'));
  expect(name).toBe(hasSimd() ? 'wasm' : 'js');
  expect(why).not.toBe('');
});

test('without shared memory one thread is left, and it says so', async () => {
  const { SharedArrayBuffer: known } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
    const { name, why } = await closed(selectBackend('auto', { threads: 4 }));
    expect(name).toBe('wasm');
    expect(why).toContain('one thread');
  } finally {
    globalThis.SharedArrayBuffer = known;
  }
});

test('without SIMD the reference is left', async () => {
  const { validate } = WebAssembly;
  try {
    WebAssembly.validate = () => false;
    expect(await closed(selectBackend('auto'))).toEqual({ name: 'js', why: 'plain TypeScript; no WASM: this engine has no WASM SIMD' });
    await expect(selectBackend('wasm')).rejects.toMatchObject({ code: 'ZK0611', kind: 'backend' });
  } finally {
    WebAssembly.validate = validate;
  }
});

test.each([
  ['another backend', 'cuda', {}],
  ['no name', '', {}],
  ['wasm on no thread', 'wasm', { threads: 0 }],
  ['wasm on a thread and a half', 'wasm', { threads: 1.5 }],
])('%s is refused', async (_what, name, options) => {
  await expect(selectBackend(name, options)).rejects.toMatchObject({ code: 'ZK0610', kind: 'usage' });
});

test('every name is known: it starts, or says what is missing', async () => {
  for (const name of BACKEND_NAMES)
    await selectBackend(name, { threads: 1 }).then(
      ({ backend }) => (backend as { close?: () => void }).close?.(),
      (error) => expect(error).toMatchObject({ kind: 'backend' }),
    );
});
