export const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

// Resolves to {id, next} or {code, detail, errors}; the code is "network" without an answer of ours.
// May be tried again with the same key: an enquiry arrives once.
export async function send(url, data, key) {
  const answer = await post(url, data, key);
  if (!answer.token) return answer;
  data.set("token", answer.token);
  delete answer.errors.token;
  return Object.keys(answer.errors)[0] ? answer : post(url, data, key);
}

async function post(url, data, key) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "Idempotency-Key": key },
      body: new URLSearchParams(data),
      signal: AbortSignal.timeout(3e4),
    });
    const answer = { code: `${response.status}`, ...(await response.json()) };
    if (answer.id) answer.next = new URL(response.headers.get("Location"), url).href;
    return answer;
  } catch {
    return { code: "network" };
  }
}
