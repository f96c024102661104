// Asks the browser to keep the page. Caveat: a browser that may not (a private window, no TLS) shows the page all the same.

export function keepOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // after the first paint: the files that it fetches are not needed for that
  const register = (): void => void navigator.serviceWorker.register('./service-worker.js').catch(() => {});
  if (document.readyState === 'complete') register();
  else addEventListener('load', register, { once: true });
}
