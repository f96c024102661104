// What the server says beside every file: which code may run in the page, and that it is cross-origin isolated, without which proofs have one
// thread. Source: CSP level 3; HTML standard, COOP and COEP. Caveat: `blob:` is how the threads of the WASM backend start, and 'wasm-unsafe-eval'
// lets WebAssembly compile; neither lets text become JavaScript.

const POLICY: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self' blob:",
  'connect-src': "'self'",
  'style-src': "'self'",
  'font-src': "'self'",
  'img-src': "'self' blob:",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
};

const written = (policy: Readonly<Record<string, string>>): string =>
  Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');

/** the policy as a page may state it itself */
export const META_POLICY = written(POLICY);

/** headers of every answer; `frame-ancestors` counts in a header only */
export const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': written({ ...POLICY, 'frame-ancestors': "'none'" }),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};
