// The first four bytes of every kind of file, and what a file is by them. Source: docs/FORMATS.md. Caveat: they say what a file means to be; only its
// reader says whether it is one.

const MAGIC = { model: 'ZKVB', trace: 'ZKVT', proof: 'ZKPF', record: 'ZKRC' } as const;

export type FileKind = keyof typeof MAGIC;

/** True for bytes that start with these letters, each below 256. */
export const startsWith = (bytes: Uint8Array, letters: string): boolean =>
  Array.from(letters).every((letter, i) => bytes[i] === letter.charCodeAt(0));

/** The four bytes as a little-endian word. */
export const magicWord = (kind: FileKind): number =>
  Array.from(MAGIC[kind]).reduce((word, letter, i) => word + letter.charCodeAt(0) * 2 ** (8 * i), 0);

/** What a file is by its first bytes; undefined for a file of somebody else. */
export const fileKindOf = (bytes: Uint8Array): FileKind | undefined =>
  (Object.keys(MAGIC) as FileKind[]).find((kind) => startsWith(bytes, MAGIC[kind]));
