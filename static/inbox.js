// Renews the parts of a page that change by themselves, as long as somebody looks at it; goes on
// with what is done to many in steps; and knows two keys.

const EVERY = 3000; // milliseconds
const LONGEST = 60000; // between two tries while the server does not answer
const GOES_ON = 300; // milliseconds in which somebody may press Stop
const main = document.querySelector("main[data-tag]");

let wait = EVERY;
let timer = 0;

function renew(page) {
  const focused = document.activeElement;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh) continue;
    for (const box of part.querySelectorAll("input:checked")) {
      const same = [...fresh.querySelectorAll("input")].find((one) => one.value === box.value);
      if (same) same.checked = true;
    }
    for (const select of part.querySelectorAll("select[id]")) {
      const same = fresh.querySelector(`#${select.id}`);
      if (same) same.value = select.value;
    }
    const within = part.contains(focused);
    part.replaceWith(fresh);
    if (within) {
      const alike = [...fresh.querySelectorAll(focused.localName)];
      alike.find((one) => one.href === focused.href && one.value === focused.value)?.focus();
    }
  }
}

function say(text) {
  document.getElementById("news").textContent = text;
}

async function ask() {
  const answer = await fetch(location.href, {
    cache: "no-store",
    headers: { "Frontdesk-Poll": "1", "If-None-Match": `"${main.dataset.tag}"` },
    redirect: "manual",
  });
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
    say(main.dataset.over);
    return false;
  }
  if (answer.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("main[data-tag]");
    if (!fresh) return false;
    main.dataset.tag = fresh.dataset.tag;
    renew(page);
    say(main.dataset.changed);
  }
  wait = answer.ok || answer.status === 304 ? EVERY : Math.min(2 * wait, LONGEST);
  return true;
}

async function turn() {
  let goesOn = true;
  try {
    goesOn = await ask();
  } catch {
    wait = Math.min(2 * wait, LONGEST);
  }
  clearTimeout(timer);
  if (goesOn && !document.hidden) timer = setTimeout(turn, wait);
}

// To the search; and out of what was opened, back to what opened it.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const { key, target } = event;
  const box = document.getElementById("q");
  if (key === "/" && box && !target.closest("input:not([type=checkbox]),select,textarea")) {
    event.preventDefault();
    box.select();
  }
  // These close their own list with it.
  const opened = target.closest("select,[type=date]") ? null : target.closest("details[open]");
  if (key === "Escape" && opened) {
    opened.open = false;
    opened.querySelector("summary").focus();
  }
});

const form = document.querySelector("form[data-goes-on]");
if (form) {
  setTimeout(() => form.requestSubmit(form.querySelector("button")), GOES_ON);
}

if (main) {
  timer = setTimeout(turn, wait);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) turn();
  });
}
