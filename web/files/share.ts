// A link that carries a proof and its record behind the `#`, where no server sees them: the record's length, the record, the proof, in base64 of
// URLs (RFC 4648, section 5). Caveat: browsers and chats cut long addresses, so larger proofs have no link; and a record that comes with its proof says
// what its sender wants the model to be.
import { refusal } from '../engine/failure.ts';
import { TEXT } from '../text.ts';

/** Firefox takes addresses of 2^20 characters, Chromium 2^21 */
const MOST_CHARACTERS = 1_000_000;
const MARK = '1.';
const HEAD_BYTES = 4;

export interface Shared {
  record: Uint8Array;
  proof: Uint8Array;
}

function base64Url(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** the part of an address that stands behind the view's name; undefined where it would be too long */
export function sharePart({ record, proof }: Shared): string | undefined {
  const bytes = new Uint8Array(HEAD_BYTES + record.length + proof.length);
  if (bytes.length * (4 / 3) + MARK.length > MOST_CHARACTERS) return undefined;
  new DataView(bytes.buffer).setUint32(0, record.length);
  bytes.set(record, HEAD_BYTES);
  bytes.set(proof, HEAD_BYTES + record.length);
  return MARK + base64Url(bytes);
}

/** What a link carries. @throws Failure for a link that was cut or changed so that nothing can be read */
export function sharedOf(part: string): Shared {
  const broken = (why: string): Error => refusal(TEXT.share.broken, TEXT.share.brokenFix, why);
  if (!part.startsWith(MARK)) throw broken(TEXT.share.otherVersion);
  let binary: string;
  try {
    binary = atob(part.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    throw broken(TEXT.share.noBase64);
  }
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  const length = bytes.length >= HEAD_BYTES ? new DataView(bytes.buffer).getUint32(0) : -1;
  if (length < 0 || HEAD_BYTES + length > bytes.length) throw broken(TEXT.share.short);
  return { record: bytes.slice(HEAD_BYTES, HEAD_BYTES + length), proof: bytes.slice(HEAD_BYTES + length) };
}
