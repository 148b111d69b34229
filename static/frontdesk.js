// Lets somebody's own <form data-frontdesk="riverside"> send enquiries: see docs/own-form.md

import { aria } from "./static/older.js";
import { newKey, send } from "./static/send.js";

const known = new WeakMap();
let places = 0;

// What fails here is the way to the server, and not a script.
const reach = (what) =>
  what.catch(() => {
    throw { code: "network" };
  });

// Gives back a function that takes everything off the form again.
export function enhance(form) {
  if (known.has(form)) return known.get(form);
  // A field called "reset" would hide the form's own.
  const own = (name) => Reflect.get(HTMLFormElement.prototype, name, form);
  const facts = own("dataset");
  const fields = (test) => [...own("elements")].filter(test);
  const url = new URL("forms/" + facts.frontdesk, import.meta.url).href;
  const key = newKey();
  const lax = form.noValidate;
  const off = new AbortController();
  const on = (type, hear) => form.addEventListener(type, hear, off);
  const made = [];
  const wrong = new Set(); // fields, to the server
  const button = form.querySelector("[type=submit],button:not([type])");
  const find = (name) => form.querySelector(`[data-frontdesk-${name}]`);
  const put = (place) => (button ? button.before(place) : form.append(place));
  const box = find("captcha") ?? make(put);
  const status = find("status") ?? make(put);
  const say = (text) => (status.textContent = text);
  let desk, started, busy;

  status.setAttribute("role", "status");
  status.tabIndex = -1;
  // The browser's own bubbles come one at a time, and in its own language.
  form.noValidate = true;

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
    bad[0] ? report(bad, "fields") : submit();
  });

  // What only the server knows: a token, how its captcha works, and what to say in which language.
  function prepare() {
    desk ??= reach(fetch(`${url}/token?lang=${form.closest("[lang]")?.lang}`)).then(async (response) => {
      if (!response.ok) throw { code: `${response.status}` };
      const ready = await reach(response.json());
      const { module } = ready.captcha;
      if (module) ready.widget = (await reach(import("./static/" + module))).mount(box, ready.captcha, url);
      // A token that came late must not make the visitor look hasty.
      ready.ripe = new Promise((resolve) => setTimeout(resolve, started ? ready.fill_time * 1e3 : 0));
      emit("ready");
      return ready;
    });
    desk.catch(() => (desk = null));
    return desk;
  }

  async function submit() {
    let { failed = "This could not be sent. Please try again." } = facts;
    let thanks, broken, answer;
    aria(form, "busy", (busy = "true"));
    try {
      const ready = await prepare();
      ({ failed, thanks, broken } = ready.texts);
      say(ready.texts.sending);
      await ready.ripe;
      answer = await attempt(ready);
      // Its answer may have grown old, or been spent on a try whose outcome got lost.
      if (answer.code === "captcha") answer = await attempt(ready);
    } catch (reason) {
      const code = typeof reason.code === "string" ? reason.code : "script";
      if (code === "script") console.error(reason);
      answer = { code, detail: code === "captcha" ? "" : code === "script" && broken || failed };
    }
    aria(form, "busy", (busy = ""));
    const { id, next, code, detail = failed, errors } = answer;
    say(id ? "" : detail);
    if (!id) return refuse(errors, code);
    if (!emit("submitted", { id })) return;
    own("reset").call(form);
    say(thanks);
    status.focus();
    // `next` is our own thank-you unless the configuration has another.
    const goal = facts.successUrl ?? (next.startsWith(url) ? "" : next);
    if (goal) setTimeout(() => location.assign(goal), 500); // not at once: tags report conversions
  }

  async function attempt(ready) {
    const { token, captcha, widget, language } = ready;
    const data = new FormData(form);
    const more = {
      token,
      page: location.href.split("#")[0],
      title: document.title,
      referrer: document.referrer,
      language: data.get("language") || language,
      campaign: data.get("campaign") || new URLSearchParams(location.search).get("utm_campaign") || "",
      [captcha.field]: (await widget?.answer()) ?? "",
    };
    for (const name in more) data.set(name, more[name]);
    const answer = await send(url, data, key);
    ready.token = data.get("token");
    if (answer.id || /captcha|outage|unwritable/.test(answer.code)) widget?.forget(); // it was spent
    return answer;
  }

  function refuse(errors, code) {
    for (const path in errors) {
      const [message] = errors[path];
      const name = path.replace(/^(consent|attribute)s\./, "$1_");
      // What is hidden or read-only cannot be mended where it is.
      const [field] = fields((field) => field.name === name && field.willValidate);
      field?.setCustomValidity(message);
      field ? wrong.add(field) : status.append(" " + message);
    }
    report(fields((field) => wrong.has(field)), code);
  }

  function report(bad, code) {
    for (const field of bad) mark(field, field.validationMessage);
    const [first] = bad;
    first?.focus();
    const around = () => [find(`error="${first.name}"`), first.labels?.[0]].filter(Boolean);
    if (first) import("./static/reveal.js").then(({ reveal }) => reveal(first, ...around()), () => {});
    emit("error", { code });
  }

  function clear() {
    for (const field of wrong) field.setCustomValidity("");
    wrong.clear();
    fields((field) => mark(field, ""));
    say("");
  }

  // Fields of one name, like a group of checkboxes, share a message.
  function mark(field, message) {
    const { name } = field;
    const group = fields((other) => other === field || (name && other.name === name));
    const [last] = group.slice(-1);
    let place = find(`error="${name}"`);
    if (!place && !message) return;
    place ??= make((place) => (last.closest("label") ?? last).after(place));
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
    return form.dispatchEvent(new CustomEvent(event, { bubbles: true, composed: true, cancelable: true, detail }));
  }

  function make(put) {
    const place = document.createElement("div");
    made.push(place);
    put(place);
    return place;
  }

  known.set(form, () => {
    off.abort();
    view.disconnect();
    clear();
    box.replaceChildren();
    for (const place of made) place.remove();
    form.noValidate = lax;
    known.delete(form);
  });
  return known.get(form);
}

for (const form of document.querySelectorAll("form[data-frontdesk]")) enhance(form);
