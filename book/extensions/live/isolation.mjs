// A service worker that makes the book's pages cross-origin isolated on any web server. Only such
// pages may share memory with Python's worker, through which Stop interrupts a running cell.

addEventListener("install", () => /** @type {any} */ (self).skipWaiting());
addEventListener("activate", (event) =>
  /** @type {any} */ (event).waitUntil(/** @type {any} */ (self).clients.claim()),
);

/** @param {Response} response */
function isolated(response) {
  if (response.status === 0) return response; // a redirection, which the browser follows itself
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  const { body, status, statusText } = response;
  return new Response(status === 204 || status === 304 ? null : body, {
    status,
    statusText,
    headers,
  });
}

addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const ours = new URL(request.url).origin === location.origin;
  if (ours && (request.mode === "navigate" || request.destination === "worker")) {
    event.respondWith(fetch(request).then(isolated));
  }
});
