// What Vite adds to imports and to `import.meta`. Caveat: types only, and no more of them than this page uses.
declare module '*.css';
interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}
