// What a file is by its first four bytes, so that the page knows what was dropped before any of the library is loaded. Source: docs/FORMATS.md; a test
// holds it against the library. Caveat: they say what a file means to be; only its reader says whether it is one.

const MAGIC = { model: 'ZKVB', trace: 'ZKVT', proof: 'ZKPF', record: 'ZKRC' } as const;
export type FileKind = keyof typeof MAGIC;

/** undefined for a file of somebody else */
export const kindOf = (bytes: Uint8Array): FileKind | undefined =>
  (Object.keys(MAGIC) as FileKind[]).find((kind) => MAGIC[kind] === String.fromCharCode(...bytes.subarray(0, 4)));
