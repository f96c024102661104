// The trace that stands in its page: gzip in base64. Source: RFC 1952, Compression Streams (WHATWG). Caveat: gzip says when bytes were lost, not when
// somebody changed them; the debugger judges what comes out.

/** @throws TypeError, DOMException for a text that is no such thing */
export async function unpacked(text: string): Promise<Uint8Array> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
