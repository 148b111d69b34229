// Solves an ALTCHA challenge while the visitor fills in the form, so that nobody waits for it.

const MARGIN = 20_000; // ms that a solution must still be good for when it sets out
const PATIENCE = 90_000; // ms to wait for a challenge and for its solution

for (const box of document.querySelectorAll("[data-fd-altcha]")) mount(box);

function mount(box) {
  const form = box.closest("form");
  const input = box.querySelector("input");
  const status = box.querySelector(".fd-status");
  const retry = box.querySelector(".fd-retry");
  const texts = box.dataset;
  let solution = null;
  let goodUntil = 0;

  function solve() {
    if (Date.now() < goodUntil) return solution;
    goodUntil = Infinity;
    solution = work(texts.fdAltcha).then(
      ({ payload, lifetime }) => {
        input.value = payload;
        goodUntil = Date.now() + lifetime - MARGIN;
      },
      (reason) => {
        forget();
        throw reason;
      },
    );
    return solution;
  }

  function forget() {
    input.value = "";
    goodUntil = 0;
  }

  async function check() {
    const slow = setTimeout(() => (status.textContent = texts.fdChecking), 300);
    try {
      await solve();
      retry.hidden = true;
      if (status.textContent) status.textContent = texts.fdDone;
    } catch (reason) {
      status.textContent = texts.fdFailed;
      retry.hidden = false;
      throw reason;
    } finally {
      clearTimeout(slow);
    }
  }

  // In the background a failure is nobody's concern yet: sending tries again.
  const begin = () => solve().catch(() => {});
  form.addEventListener("focusin", begin, { once: true });
  form.addEventListener("pointerdown", begin, { once: true });
  form.addEventListener("frontdesk:check", ({ detail }) => detail.until(check()));
  retry.addEventListener("click", () => form.requestSubmit());
  // A solution is accepted once: a page shown again needs a new one.
  addEventListener("pageshow", ({ persisted }) => persisted && forget());
}

async function work(url) {
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store", signal });
  if (!response.ok) throw new Error(`challenge: ${response.status}`);
  const challenge = await response.json();
  const solution = await find(challenge.parameters, signal);
  // By the server's clock, since the visitor's may be wrong.
  const now = Date.parse(response.headers.get("Date")) || Date.now();
  const { expiresAt } = challenge.parameters;
  return {
    payload: btoa(JSON.stringify({ challenge, solution })),
    lifetime: expiresAt ? expiresAt * 1000 - now - solution.time : Infinity,
  };
}

function find(parameters, signal) {
  const worker = new Worker(new URL("altcha-worker.js", import.meta.url));
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
    worker.onerror = () => reject(new Error("worker"));
    signal.onabort = () => reject(signal.reason);
    worker.postMessage(parameters);
  }).finally(() => worker.terminate());
}
