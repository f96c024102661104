// In the place of get-starknet's adapter for MetaMask, which fetches its code from a server when it is used: this page's policy would refuse that, and 20 kB
// gzip of it would be loaded for nothing. Caveat: vite.config.ts puts it there; who uses that wallet needs its own Starknet extension.

/** no wallet of another kind becomes one of ours */
export const metaMaskVirtualWallet = (): null => null;
