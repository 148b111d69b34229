// Lets somebody's own <form data-frontdesk="riverside"> send enquiries: see docs/own-form.md

import { aria, make, own } from "./static/browser.js";

const known = new WeakMap();
const left = new WeakSet(); // the page took us off these
const words = () => load("words.js");
let places = 0;
let failed = 0;

// What fails here is the way to the server, and not a script.
const reach = (what) =>
  what.catch(() => {
    throw { code: "network" };
  });

// Browsers remember an address that failed: the next time it is another one.
const load = (name) =>
  import("./static/" + name + (failed ? "?" + failed : "")).catch(() => {
    failed++;
    throw { code: "network" };
  });

// Gives back a function that takes everything off the form again.
export function enhance(form) {
  if (known.has(form)) return known.get(form);
  const call = (name, ...given) => own(form, name).apply(form, given);
  const facts = own(form, "dataset");
  const fields = (test) => [...own(form, "elements")].filter(test);
  const lang = () => call("closest", "[lang]")?.lang ?? "";
  const url = new URL("forms/" + facts.frontdesk, import.meta.url).href;
  const lax = call("hasAttribute", "novalidate");
  const off = new AbortController();
  const on = (type, hear) => call("addEventListener", type, hear, off);
  const made = [];
  const wrong = new Set(); // fields, to the server
  const find = (name) => call("querySelector", `[data-frontdesk-${name}]`);
  const button = call("querySelector", "[type=submit],button:not([type])");
  const put = (place) => (button ? button.before(place) : call("append", place));
  const box = find("captcha") ?? add(put);
  const theirs = find("status");
  const status = theirs ?? add(put);
  const say = (text) => (status.textContent = text);
  let desk, key, started, busy, texts, restore, last;

  status.setAttribute("role", "status");
  status.tabIndex = -1;
  // The browser's own bubbles come one at a time, and in its own language.
  call("toggleAttribute", "novalidate", true);

  const view = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    view.disconnect();
    emit("view");
    prepare();
  });
  view.observe(form);
  on("focusin", ({ target }) => target === status || prepare().then(({ widget }) => widget?.begin(), () => {}));
  on("input", ({ target }) => {
    if (!started) emit("started");
    started = true;
    if (wrong.delete(target)) target.setCustomValidity("");
    if (target.validity?.valid) mark(target, "");
  });
  on("reset", clear);
  on("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (busy) return;
    clear();
    const bad = fields((field) => !lax && field.checkValidity?.() === false);
    bad[0] ? report(bad, "fields", texts?.marked) : submit();
  });

  // What only the server knows: a token, how its captcha works, and what to say in which language.
  function prepare() {
    desk ??= reach(fetch(`${url}/token?lang=${lang()}`)).then(async (response) => {
      if (!response.ok) throw { code: `${response.status}` };
      const ready = await reach(response.json());
      const { module } = ready.captcha;
      Object.assign(ready, await load("send.js"));
      if (module) ready.widget = (await load(module)).mount(box, ready.captcha, url);
      ({ texts } = ready);
      // A token that came late must not make the visitor look hasty.
      ready.ripe = new Promise((resolve) => setTimeout(resolve, started ? ready.fill_time * 1e3 : 0));
      emit("ready");
      return ready;
    });
    desk.catch(() => (desk = null));
    return desk;
  }

  async function submit() {
    let answer;
    aria(form, "busy", (busy = "true"));
    try {
      const ready = await prepare();
      say(texts.sending);
      await ready.ripe;
      answer = await attempt(ready);
      // Its answer may have grown old, or been spent on a try whose outcome got lost.
      if (answer.code === "captcha") answer = await attempt(ready);
    } catch (reason) {
      const code = typeof reason.code === "string" ? reason.code : "script";
      if (code === "script") console.error(reason);
      answer = { code };
      if (code === "captcha") answer.detail = ""; // it has said why
      if (code === "script") answer.detail = texts?.broken;
    }
    const done = () => aria(form, "busy", (busy = ""));
    const { id, next, code, errors, detail = texts?.failed ?? facts.failed } = answer;
    if (!id) return done(), refuse(errors, code, detail);
    say("");
    if (!emit("submitted", answer.done)) return done();
    await thank(new FormData(form));
    done(); // not before: an Enter that is held down would send the form that is empty now
    // `next` is our own thank-you unless the configuration has another.
    const goal = facts.successUrl ?? (next.startsWith(url) ? "" : next);
    if (goal) setTimeout(() => location.assign(goal), 500); // not at once: tags report conversions
  }

  async function attempt(ready) {
    const { token, captcha, widget, language, locate, newKey, send } = ready;
    const data = new FormData(form);
    locate(data);
    data.set("token", token);
    data.set("language", data.get("language") || language);
    data.set(captcha.field, (await widget?.answer()) ?? "");
    const answer = await send(url, data, (key ??= newKey())); // every try carries it
    ready.token = data.get("token");
    if (answer.id || /captcha|outage|unwritable/.test(answer.code)) widget?.forget(); // it was spent
    return answer;
  }

  async function thank(data) {
    call("reset");
    try {
      const { thank, thanks } = await words();
      if (theirs) status.replaceChildren(...thanks(texts, data).flatMap((said) => [...said, " "]));
      else restore = thank(form, status, texts, data, () => fields((field) => field.willValidate)[0]?.focus());
    } catch {
      say(texts.thanks);
    }
    status.focus();
  }

  function refuse(errors, code, said) {
    for (const path in errors) {
      const [message] = errors[path];
      const name = path.replace(/^(consent|attribute)s\./, "$1_");
      // What is hidden or read-only cannot be mended where it is.
      const [field] = fields((field) => field.name === name && field.willValidate);
      field?.setCustomValidity(message);
      field ? wrong.add(field) : (said += " " + message);
    }
    report(fields((field) => wrong.has(field)), code, said);
  }

  async function report(bad, code, said = "") {
    const found = (last = bad.map((field) => [field, field.validationMessage]));
    for (const [field, message] of found) mark(field, message);
    bad[0]?.focus();
    emit("error", { code });
    const { tell, elsewhere } = await words().catch(() => ({}));
    if (found !== last) return; // there is something newer to say
    if (!tell) say(said || "This could not be sent. Please try again.");
    else if (code === "network" || (code > 399 && !texts)) elsewhere(status, said, `${url}?lang=${lang()}`, lang());
    else tell(status, said, found);
  }

  function clear() {
    for (const field of wrong) field.setCustomValidity("");
    wrong.clear();
    fields((field) => mark(field, ""));
    say((last = ""));
  }

  // Fields of one name, like a group of checkboxes, share a message.
  function mark(field, message) {
    const { name } = field;
    const group = fields((other) => other === field || (name && other.name === name));
    const [last] = group.slice(-1);
    let place = find(`error="${name}"`);
    if (!place && !message) return;
    place ??= add((place) => (last.closest("label") ?? last).after(place));
    place.dataset.frontdeskError = name;
    place.id ||= "frontdesk-error-" + ++places;
    place.textContent = message;
    for (const one of group) {
      const by = (one.getAttribute("aria-describedby") ?? "").replace(place.id, "").trim();
      one.setAttribute("aria-describedby", message ? `${by} ${place.id}` : by);
      aria(one, "invalid", message && "true");
    }
  }

  function emit(what, detail = {}) {
    const event = "frontdesk:" + what;
    detail.form = facts.frontdesk;
    window.dataLayer?.push?.({ event, ...detail });
    return call("dispatchEvent", new CustomEvent(event, { bubbles: true, composed: true, cancelable: true, detail }));
  }

  function add(put) {
    const place = make("div");
    made.push(place);
    put(place);
    return place;
  }

  left.delete(form);
  known.set(form, () => {
    off.abort();
    view.disconnect();
    restore?.();
    clear();
    box.replaceChildren();
    for (const place of made) place.remove();
    call("toggleAttribute", "novalidate", lax);
    known.delete(form);
    left.add(form);
  });
  return known.get(form);
}

// Those that are there, those that come later, and those that become another.
function look(changes) {
  for (const { target, type } of changes) if (type === "attributes") known.get(target)?.(), left.delete(target);
  for (const form of own(document, "querySelectorAll").call(document, "form[data-frontdesk]"))
    if (!left.has(form)) enhance(form);
}
look([]);
new MutationObserver(look).observe(document, { childList: true, subtree: true, attributeFilter: ["data-frontdesk"] });
