// Solves an ALTCHA challenge while the visitor fills in the form, so that nobody waits for it.
// Protocol 2: the counter whose derived key starts as the challenge asks.
// https://altcha.org/docs/v2/proof-of-work/

const MARGIN = 20_000; // ms that a solution must still be good for when it sets out
const PATIENCE = 90_000; // ms to wait for a challenge and for its solution
const SLOW = 300; // ms after which the visitor is told what we wait for

export function mount(box, { texts }, url) {
  const status = box.appendChild(document.createElement("p"));
  status.className = "fd-status";
  status.role = "status";
  let solving = null;
  let goodUntil = 0;

  function solve() {
    if (Date.now() >= goodUntil) {
      goodUntil = Infinity;
      solving = work(`${url}/challenge`).then(
        ({ payload, lifetime }) => {
          goodUntil = Date.now() + lifetime - MARGIN;
          return payload;
        },
        (reason) => {
          goodUntil = 0;
          throw Object.assign(reason, { code: "network" });
        },
      );
    }
    return solving;
  }

  return {
    // In the background a failure is nobody's concern yet: sending tries again.
    begin: () => solve().catch(() => {}),
    async answer() {
      const slow = setTimeout(() => (status.textContent = texts.checking), SLOW);
      try {
        return await solve();
      } finally {
        clearTimeout(slow);
        status.textContent = "";
      }
    },
    // A solution is accepted once.
    forget: () => (goodUntil = 0),
  };
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

// Browsers compute these beside the page's own thread, and several at once.
async function find(parameters, signal) {
  const start = performance.now();
  const lanes = Math.min(navigator.hardwareConcurrency || 1, 8);
  for (let first = 0; ; first += lanes) {
    signal.throwIfAborted();
    const counters = Array.from({ length: lanes }, (_, lane) => first + lane);
    const keys = await Promise.all(counters.map((counter) => derive(parameters, counter)));
    const lane = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
    if (lane >= 0) {
      const time = Math.round(performance.now() - start);
      return { counter: first + lane, derivedKey: keys[lane], time };
    }
  }
}

async function derive({ algorithm, cost, keyLength, nonce, salt }, counter) {
  const prefix = bytes(nonce);
  const password = new Uint8Array(prefix.length + 4);
  password.set(prefix);
  new DataView(password.buffer).setUint32(prefix.length, counter);
  const [name, hash] = algorithm.split("/");
  const key = await crypto.subtle.importKey("raw", password, name, false, ["deriveBits"]);
  const how = { name, hash, salt: bytes(salt), iterations: cost };
  return hex(await crypto.subtle.deriveBits(how, key, keyLength * 8));
}

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hex = (buffer) =>
  Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
