// Sends an enquiry so that it arrives once: every try carries the same key, and a token that has
// grown stale is renewed in silence.

const PATIENCE = 30_000; // ms to wait for an answer

export const newKey = () => [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("-");

// Resolves to {id, next} when the enquiry is safe; else to {code, detail, errors}, where the code is
// "network" when there was no answer of ours, and may be tried again with the same key.
export async function send(url, data, key) {
  let answer = await post(url, data, key);
  if (answer.token) {
    data.set("token", answer.token);
    delete answer.errors?.token;
    if (!Object.keys(answer.errors ?? {}).length) answer = await post(url, data, key);
  }
  return answer;
}

async function post(url, data, key) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "Idempotency-Key": key },
      body: new URLSearchParams(data),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { id, code, detail, errors, token } = await response.json();
    if (response.status !== 202) return { code: code ?? String(response.status), detail, errors, token };
    return { id, next: new URL(response.headers.get("Location"), response.url).href };
  } catch {
    return { code: "network" };
  }
}
