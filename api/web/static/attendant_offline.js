// Makes the page open without a network: it puts itself and every file that it has loaded into a cache of this release.

const PREFIX = "attendant ";

/** Needs HTTPS or the own machine, as browsers ask; without either the page works as long as it is not closed. */
export async function keepPage() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register("/attendant_worker.js", { scope: "/attendant" });
  const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name))
    .filter(({ origin, pathname }) => origin === location.origin && /^\/(assets|vendor)\//.test(pathname));
  const files = [...new Set([import.meta.url, ...loaded.map(({ href }) => href)])];
  const page = await fetch("/attendant");
  const release = new URL(".", import.meta.url).pathname;
  // A page of another release would ask for files that are not kept here.
  if (!page.ok || !(await page.clone().text()).includes(release)) return;
  const cache = await caches.open(PREFIX + release);
  await cache.addAll(files);
  await cache.put("/attendant", page);
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== PREFIX + release).map((name) => caches.delete(name)));
}
