// What Vite adds to imports and to `import.meta`. Caveat: types only, and no more of them than this page uses.
declare module '*.css';
declare module '*?worker&inline' {
  const Inline: new (options?: { name?: string }) => Worker;
  export default Inline;
}
interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}
