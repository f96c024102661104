// The store that `--store` names: opened, and tried with a few bytes before anything rests on it. Source: README "On many machines".
// Caveat: that it can be written to now says nothing of later.
import path from 'node:path';
import { folderStore } from './folder-store.ts';
import { openS3Store } from './s3-store.ts';
import { shownAddress } from './shown-address.ts';
import { type Store, storeError } from './store.ts';

const S3 = 's3://';

/** @throws ZK0908 for an address that is none, and what cannot be written to; ZK0901 without the package */
export async function openStore(address: string): Promise<Store> {
  const isS3 = address.startsWith(S3);
  const store = isS3 ? await openS3Store(address) : folderStore(path.resolve(address));
  try {
    await store.put('probe', new TextEncoder().encode('zkvm'));
  } catch (error) {
    throw storeError(isS3 ? shownAddress(address) : address, error);
  }
  return store;
}
