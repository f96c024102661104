// A page is cross-origin isolated with these two headers, and only then may threads share memory. Caveat: without them everything works on one thread.
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default { server: { headers }, preview: { headers }, worker: { format: 'es' } };
