// Solves an ALTCHA challenge while the visitor fills in the form, so that nobody waits for it.

import { furnish, refusal } from "./box.js";
import { timeLimit } from "./browser.js";

const MARGIN = 20_000; // ms that a solution must still be good for when it sets out
const PATIENCE = 90_000; // ms to wait for a challenge and for its solution

export function mount(box, facts, url) {
  const { texts } = facts;
  const { say, retry, done } = furnish(box, facts);
  let solution = null;
  let goodUntil = 0;

  function solve() {
    if (Date.now() < goodUntil) return solution;
    const start = Date.now();
    const found = work(`${url}/challenge`);
    solution = found;
    goodUntil = Infinity; // as long as it is being worked on
    const until = (time) => solution === found && (goodUntil = time);
    found.then(
      () => until(start + facts.lifetime * 1000 - MARGIN),
      () => until(0),
    );
    return found;
  }

  function begin() {
    // A failure in the background is nobody's concern yet: sending tries again.
    if (crypto.subtle) solve().catch(() => {});
    else say(texts.insecure, true, false);
  }

  async function answer() {
    if (!crypto.subtle) {
      begin();
      throw refusal();
    }
    const slow = setTimeout(() => say(texts.checking), 300);
    try {
      const payload = await solve();
      done();
      return payload;
    } catch (reason) {
      const unreached = reason.code === "network";
      say(unreached ? "" : texts.failed, !unreached);
      throw unreached ? reason : refusal();
    } finally {
      clearTimeout(slow);
    }
  }

  function forget() {
    solution = null;
    goodUntil = 0;
    say("");
  }

  retry.onclick = () => {
    say(texts.checking);
    answer().catch(() => say(texts.failed, true));
  };

  return { begin, answer, forget };
}

async function work(url) {
  const signal = timeLimit(PATIENCE);
  const challenge = await ask(url, signal);
  const solution = await find(challenge.parameters, signal);
  return btoa(JSON.stringify({ challenge, solution }));
}

async function ask(url, signal) {
  const unreached = () => {
    throw Object.assign(new Error("network"), { code: "network" });
  };
  const options = { headers: { Accept: "application/json" }, cache: "no-store", signal };
  const response = await fetch(url, options).catch(unreached);
  if (response.status >= 500) unreached();
  if (!response.ok) throw new Error(`challenge: ${response.status}`);
  return response.json();
}

// The proof of work (protocol 2): the counter whose derived key starts as the challenge asks.
// https://altcha.org/docs/v2/proof-of-work/
async function find(parameters, signal) {
  const start = performance.now();
  // Browsers spread these over threads of their own; the page stays as quick as it was.
  const lanes = Math.min(navigator.hardwareConcurrency || 1, 8);
  for (let first = 0; ; first += lanes) {
    const counters = Array.from({ length: lanes }, (_, lane) => first + lane);
    const keys = await Promise.all(counters.map((counter) => derive(parameters, counter)));
    if (signal.aborted) throw new Error("slow");
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
