// Keeps the page's files, so that it opens without a network. Source: Service Workers (W3C). Caveat: what is kept is what the server gave, headers
// included; a new version is fetched as a whole and takes over at the next visit.
import { FILE_LIST, type FileList } from './file-list.ts';

interface LongEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface RequestEvent extends LongEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  readonly location: Location;
  addEventListener(event: 'install' | 'activate', listener: (event: LongEvent) => void): void;
  addEventListener(event: 'fetch', listener: (event: RequestEvent) => void): void;
}

const scope = globalThis as unknown as Scope;
const PREFIX = 'zkvm-';

/** the newest cache, made when this worker was installed */
async function listed(): Promise<FileList> {
  return (await (await fetch(FILE_LIST, { cache: 'no-store' })).json()) as FileList;
}

scope.addEventListener('install', (event) => {
  const kept = listed().then(async ({ version, files }) => (await caches.open(PREFIX + version)).addAll(['./', ...files]));
  event.waitUntil(kept);
});

scope.addEventListener('activate', (event) => {
  const newest = async (): Promise<void> => {
    const { version } = await listed();
    const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + version);
    await Promise.all(old.map((name) => caches.delete(name)));
  };
  // without a network the old files stay until the next time
  event.waitUntil(newest().catch(() => {}));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== scope.location.origin || request.cache === 'no-store') return;
  event.respondWith(caches.match(request, { ignoreSearch: true }).then((found) => found ?? fetch(request)));
});
