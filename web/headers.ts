// What the server says beside every file: which code may run in the page, and that it is cross-origin isolated, without which proofs have one
// thread. Source: CSP level 3; HTML standard, COOP and COEP. Caveat: `blob:` is how the threads of the WASM backend start, and 'wasm-unsafe-eval'
// lets WebAssembly compile; neither lets text become JavaScript. The node of the view Chain, if there is one, is the only other address that may be asked.

const policyOf = (node: string | undefined): Readonly<Record<string, string>> => ({
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self' blob:",
  'connect-src': node === undefined ? "'self'" : `'self' ${node}`,
  'style-src': "'self'",
  'font-src': "'self'",
  'img-src': "'self' blob:",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
});

const written = (policy: Readonly<Record<string, string>>): string =>
  Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');

/** the policy as a page may state it itself; `node` is the origin of a Starknet node */
export const metaPolicy = (node?: string): string => written(policyOf(node));

/** headers of every answer; `frame-ancestors` counts in a header only */
export const headersFor = (node?: string): Readonly<Record<string, string>> => ({
  'Content-Security-Policy': written({ ...policyOf(node), 'frame-ancestors': "'none'" }),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
});

/** as an attribute has it */
const QUOTE = "(?:'|&#39;)";
const CONNECT = new RegExp(`connect-src ${QUOTE}self${QUOTE}[^;"]*`);

/** The built page for another node than the one that it was built for: of two policies both hold. @throws Error for a page without a policy */
export function pageFor(html: string, node: string | undefined): string {
  if (!CONNECT.test(html)) throw new Error('the page states no policy');
  return html.replace(CONNECT, `connect-src ${policyOf(node)['connect-src']}`);
}
