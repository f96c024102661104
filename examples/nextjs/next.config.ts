// Next.js: the two headers that make pages cross-origin isolated. The worker is started in a client component, as examples/vite/main.ts does it.
// Caveat: an isolated page loads images, scripts and frames of other origins only if they allow it (CORP or CORS); set the headers for the pages that
// prove, not for all, where that is a nuisance.
export default {
  headers: async () => [
    {
      source: '/prove/:path*',
      headers: [
        { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
        { key: 'Cross-Origin-Embedder-Policy', value: 'require-corp' },
      ],
    },
  ],
};
