// Inside a <frontdesk-form>: tells the page around it how tall the form is and what happens to it.
// That page says hello first. Only those of allowed origins can: see frame-ancestors.

const { fdFrame: kind, fdCode: code, fdUrl: url, fdMarketing: given } = document.querySelector("[data-fd-frame]").dataset;
const form = document.querySelector("[data-fd-form]");
const root = document.documentElement;
let around = ""; // the origin of the page around, once it is known
let started = false;
let tall = 0; // px, as last told
let look = []; // the style's properties, which the page around may set

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
  look = [...(document.querySelector("link[href*=form]")?.sheet?.cssRules[0].style ?? "")];
  tell({ height: (tall = height()), title: document.title, again: kind !== "form", look });
  if (code) tell({ frontdesk: "error", code });
  else if (kind === "form") tell({ frontdesk: "ready" });
  else if (!history.state?.reported) {
    // Not again when the visitor comes back to this page.
    history.replaceState({ ...history.state, reported: true }, "");
    tell({ frontdesk: "submitted", id: new URL(location).searchParams.get("id"), url, marketing: given > 0 });
  }
  if (started) tell({ frontdesk: "started" });
  seen.observe(root);
}

// Not as soon as it is loaded, but when some of it is on the screen.
const seen = new IntersectionObserver(([entry]) => {
  if (!entry.isIntersecting) return;
  seen.disconnect();
  tell({ frontdesk: "view" });
});

function set(values) {
  const address = new URL(location);
  const given = ["unit", "campaign", "tags", "lang", "theme"].filter((name) => name in values);
  // It is not the flat's own page, and what was answered stays.
  if (!address.searchParams.get("unit")) address.searchParams.set("wishes", 1);
  for (const name of given) {
    address.searchParams.set(name, `${values[name] ?? ""}`.slice(0, 200));
    fill(form?.elements[name], address.searchParams.get(name));
  }
  const unit = form?.elements.unit;
  // One that nobody is asked for is seen as long as there is one.
  const appears = unit?.type === "hidden" ? unit.value : unit?.readOnly && !unit.value;
  const anew = appears || given.includes("lang") || given.includes("theme");
  if (anew) form?.dispatchEvent(new Event("frontdesk:keep"));
  for (const index in values.look) root.style.setProperty(look[index], values.look[index]);
  history.replaceState(history.state, "", address);
  if (anew) location.reload();
}

function fill(field, value) {
  if (!field) return;
  field.value = value;
  if (field.selectedIndex < 0) field.value = ""; // not a unit of this form
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

form?.addEventListener("input", () => {
  if (!started) tell({ frontdesk: "started" });
  started = true;
});
// What is to be seen is the thank-you, which is also what a reload shows, in another language perhaps.
form?.addEventListener("frontdesk:submitted", ({ detail }) => {
  tell({ frontdesk: "submitted", again: true, url, ...detail });
  const address = new URL(location);
  address.pathname += "/thanks";
  const go = (where) => history.replaceState({ ...history.state, reported: true }, "", where);
  form.querySelector("[data-fd-thanks] button").addEventListener("click", go.bind(null, location.href), { once: true });
  go(address);
});
form?.addEventListener("frontdesk:error", ({ detail }) => tell({ frontdesk: "error", ...detail }));
// Not every browser lets a frame scroll the page around.
form?.addEventListener("frontdesk:hidden", (event) => {
  const { top } = event.target.closest(".fd-field,.fd-consent").getBoundingClientRect();
  tell({ margin: `${96 - top}px 0 0` }); // that page may have a bar at its top
  if (around) event.preventDefault();
});

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
