// Sends an enquiry so that it arrives once: every try carries the same key.

import { own, timeLimit } from "./browser.js";

export const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

// What the page around the form knows of itself. The server may not: there are proxies and caches.
export function locate(data) {
  data.set("page", location.href.split("#")[0]);
  data.set("title", own(document, "title"));
  data.set("referrer", own(document, "referrer"));
  if (!data.get("campaign")) data.set("campaign", new URLSearchParams(location.search).get("utm_campaign") ?? "");
}

// Resolves to {id, done, next} when the enquiry is safe, `done` for frontdesk:submitted; else to {code, detail, errors}, where the code is
// "network" when there was no answer of ours. A token that has grown stale is renewed in silence.
export async function send(url, data, key) {
  const answer = await post(url, data, key);
  if (!answer.token) return answer;
  data.set("token", answer.token);
  delete answer.errors?.token;
  if (Object.keys(answer.errors ?? {})[0]) return answer;
  // A token that nobody could fill in a form with yet would be taken for a robot's.
  await new Promise((done) => setTimeout(done, answer.wait * 1000));
  return post(url, data, key);
}

async function post(url, data, key) {
  const options = {
    method: "POST",
    headers: { Accept: "application/json", "Idempotency-Key": key },
    body: new URLSearchParams(data),
    signal: timeLimit(3e4), // ms
  };
  let response, said;
  try {
    response = await fetch(url, options);
    said = await response.json();
  } catch {
    return { code: "network" }; // nothing, or not what our server answers
  }
  const answer = { code: `${response.status}`, ...said };
  answer.wait = response.headers.get("Retry-After");
  const where = response.headers.get("Location");
  if (response.status !== 202 || !where) return { ...answer, id: "" };
  let next = "";
  try {
    const { href, protocol } = new URL(where, url);
    // Whatever may stand between us and our server: scripts are not where a visitor is sent to.
    if (/^https?:$/.test(protocol)) next = href;
  } catch {} // no address at all: it has arrived all the same
  return { ...answer, next, done: { id: said.id, marketing: !!said.marketing } };
}
