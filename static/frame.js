// Inside a <frontdesk-form>: tells the page around it how tall the form is and what happens to it.
// That page says hello first. Only those of allowed origins can: see frame-ancestors.

const { fdFrame: kind, fdCode: code, fdUrl: url } = document.querySelector("[data-fd-frame]").dataset;
const form = document.querySelector("[data-fd-form]");
const root = document.documentElement;
const REPORTED = "frontdesk:submitted";
let around = ""; // the origin of the page around, once it is known
let started = false;
let tall = 0; // px, as last told

function tell(facts) {
  if (around) parent.postMessage(facts, around);
}

addEventListener("message", ({ source, origin, data }) => {
  if (source !== parent || parent === window) return;
  if (data?.frontdesk === "hello") greet(origin);
  if (data?.frontdesk === "set") set(data);
});

function greet(origin) {
  around = origin;
  tell({ height: (tall = height()), title: document.title, again: kind !== "form" || Boolean(code) });
  if (code) tell({ frontdesk: "error", code });
  else if (kind === "form") tell({ frontdesk: "ready" });
  else if (history.state !== REPORTED) {
    // Not again when the visitor comes back to this page.
    history.replaceState(REPORTED, "");
    tell({ frontdesk: "submitted", id: new URLSearchParams(location.search).get("id"), url });
  }
  if (started) tell({ frontdesk: "started" });
}

function set(values) {
  for (const name of ["unit", "campaign", "tags"]) {
    const field = form?.elements[name];
    if (!field || typeof values[name] !== "string") continue;
    field.value = values[name].slice(0, 200);
    if (field.selectedIndex < 0) field.value = ""; // not a unit of this form
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

form?.addEventListener("input", () => {
  if (!started) tell({ frontdesk: "started" });
  started = true;
});
form?.addEventListener("frontdesk:error", ({ detail }) => tell({ frontdesk: "error", ...detail }));

// A captcha's challenge stands beside the content and does not stretch it.
function height() {
  const ends = [...document.body.children].map((child) => child.getBoundingClientRect().bottom + scrollY);
  return Math.ceil(Math.max(root.getBoundingClientRect().height, ...ends));
}

function measure() {
  const now = height();
  if (now && now !== tall) tell({ height: (tall = now) });
}

new ResizeObserver(measure).observe(root);
new MutationObserver(measure).observe(document.body, {
  attributeFilter: ["style", "class", "hidden"],
  childList: true,
  subtree: true,
});
