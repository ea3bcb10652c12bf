// Opens the attendant's page without a network, out of the cache that the page itself has filled; see attendant_offline.js.
// The page is asked for first, so that a new release is seen at once; its files never change under their address.

const PATIENCE_MS = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    if (pathname === "/attendant") event.respondWith(page(event.request.url));
  } else if (/^\/(assets|vendor)\//.test(pathname)) {
    event.respondWith(file(event.request));
  }
});

async function page(url) {
  const old = await caches.match("/attendant");
  try {
    const fresh = await fetch(url, { credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) });
    return fresh.ok || !old ? fresh : old;
  } catch (problem) {
    if (old) return old;
    throw problem;
  }
}

const file = async (request) => (await caches.match(request)) ?? fetch(request);
