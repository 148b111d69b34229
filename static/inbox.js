// Renews the parts of a page that change by themselves, as long as somebody looks at it.

const EVERY = 3000; // milliseconds
const LONGEST = 60000; // between two tries while the server does not answer
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
    const link = part.contains(focused) ? focused.getAttribute("href") ?? focused.value : null;
    part.replaceWith(fresh);
    if (link !== null) {
      const all = [...fresh.querySelectorAll("a, input, button")];
      all.find((one) => (one.getAttribute("href") ?? one.value) === link)?.focus();
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

if (main) {
  timer = setTimeout(turn, wait);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) turn();
  });
}
