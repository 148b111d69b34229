// A form of one's own that sends JSON to Frontdesk on another origin: about all that it takes.

const form = document.querySelector(".own-form");
const status = form.querySelector(".own-status");
const { endpoint } = form.dataset;

async function read(name) {
  const response = await fetch(`${endpoint}/${name}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.json();
}

// Both are fetched ahead, the proof of work is done while the visitor types; what fails is tried
// again when the form is sent.
let token = null;
let captcha = null;
const greet = () => (token ??= read("token").then((answer) => answer.token));
const solve = () => (captcha ??= read("challenge").then(work));
const forget = () => (token = captcha = null);
greet().catch(forget);
form.addEventListener("focusin", () => solve().catch(forget));

function work(challenge) {
  const worker = new Worker("/static/altcha-worker.js");
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) =>
      data.error ? reject(new Error(data.error)) : resolve(btoa(JSON.stringify({ challenge, solution: data })));
    worker.onerror = reject;
    worker.postMessage(challenge.parameters);
  }).finally(() => worker.terminate());
}

function answers() {
  const data = new FormData(form);
  const given = Object.fromEntries([...data].filter(([, value]) => value));
  return {
    ...given,
    rooms: data.getAll("rooms"),
    consents: data.getAll("consents").map(Number),
    language: "en",
    campaign: "open-day",
    tags: ["json"],
    page: location.href,
  };
}

function show(errors) {
  for (const place of form.querySelectorAll("[data-error]")) {
    place.textContent = errors[place.dataset.error]?.join(" ") ?? "";
    const field = form.querySelector(`[aria-describedby="${place.id}"]`);
    field.ariaInvalid = place.textContent ? "true" : null;
  }
  form.querySelector("[aria-invalid]")?.focus();
}

function thank(first_name) {
  const thanks = document.createElement("p");
  thanks.className = "own-thanks";
  thanks.textContent = `Thank you, ${first_name}! We are looking forward to seeing you.`;
  thanks.setAttribute("role", "status");
  thanks.tabIndex = -1;
  form.replaceWith(thanks);
  thanks.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  status.textContent = "Sending…";
  try {
    const body = { ...answers(), token: await greet(), captcha: await solve() };
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return thank(body.first_name);
    const problem = await response.json();
    status.textContent = problem.detail;
    show(problem.errors ?? {});
    // A page open for a day gets a new token with the answer; a captcha that was looked at is spent.
    if (problem.token) token = Promise.resolve(problem.token);
    if (!problem.errors) captcha = null;
  } catch {
    status.textContent = "We could not send it. Please try again.";
    forget();
  }
  button.disabled = false;
});
