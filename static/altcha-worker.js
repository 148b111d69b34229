// ALTCHA's proof of work (protocol 2): the counter whose derived key starts as the challenge asks.
// https://altcha.org/docs/v2/proof-of-work/

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hex = (buffer) =>
  Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

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

async function solve(parameters) {
  const start = performance.now();
  // Browsers spread these over threads of their own.
  const lanes = Math.min(navigator.hardwareConcurrency || 1, 8);
  for (let first = 0; ; first += lanes) {
    const counters = Array.from({ length: lanes }, (_, lane) => first + lane);
    const keys = await Promise.all(counters.map((counter) => derive(parameters, counter)));
    const lane = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
    if (lane >= 0) {
      const time = Math.round(performance.now() - start);
      return { counter: first + lane, derivedKey: keys[lane], time };
    }
  }
}

onmessage = ({ data }) =>
  solve(data).then(postMessage, (reason) => postMessage({ error: String(reason) }));
