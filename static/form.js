// The visitor's form: what is wrong is said at its field, it is sent once, and what was typed stays.
// Everything but the captcha works without this file too, a little less smoothly.

import * as captchas from "./captcha.js";
import { keep } from "./draft.js";
import * as fields from "./fields.js";
import { aria } from "./older.js";
import { reveal } from "./reveal.js";
import { newKey, send } from "./send.js";

const PLACE = ".fd-field,.fd-consent"; // a field's own, with its label and its message

document.querySelectorAll("form[data-fd-form]").forEach(mount);
document.querySelector("[data-fd-focus]")?.focus();

// Words that appear between a press on the button and its release would move it away from under it.
let released = Promise.resolve();
addEventListener(
  "pointerdown",
  () => {
    released = new Promise((done) => {
      for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(done), { once: true });
    });
  },
  true,
);

function mount(form, index) {
  const texts = JSON.parse(form.dataset.fdTexts);
  const button = form.querySelector("[type=submit]");
  const live = form.querySelector("[data-fd-live]");
  const failure = form.querySelector("[data-fd-say]");
  const url = new URL(form.action);
  const draft = keep(form, url.pathname + (index || ""), newKey());
  const box = form.querySelector("[data-fd-captcha]");
  const captcha = captchas.mount(box, JSON.parse(box.dataset.fdCaptcha), url.origin + url.pathname);

  for (const field of form.elements) echo(field); // a draft, or what the server gave back
  // The browser's own bubbles speak the browser's language, one field at a time.
  form.noValidate = true;
  form.addEventListener("focusin", () => captcha.begin(), { once: true });
  // On leaving a field, and never while it is being filled in.
  form.addEventListener("change", async ({ target }) => {
    await released;
    await new Promise((done) => setTimeout(done)); // a tap presses and releases in one go
    if (target.value) complain(form, target.name, complaint(target));
    echo(target);
  });
  form.addEventListener("input", ({ target }) => {
    echo(target, "");
    for (const field of form.elements) {
      const concerned = field === target || field.dataset.fdEither === target.name;
      if (concerned && field.getAttribute?.("aria-invalid") === "true" && !complaint(field)) complain(form, field.name, "");
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Not `disabled`, which would throw the focus away.
    if (button.getAttribute("aria-disabled") !== "true") submit().catch(broken);
  });
  // Back from the next page, the browser may show this one as it was left.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    captcha.forget();
    label(texts.send);
  });

  async function submit() {
    say("");
    const wrong = [...form.elements].filter(complaint);
    for (const field of wrong) complain(form, field.name, complaint(field));
    if (wrong.length) return fail("fields", wrong[0]);
    label(texts.sending, true);
    let answer = await attempt();
    // A captcha's answer may have grown old, or been spent on a try whose outcome got lost.
    if (answer.code === "captcha" && !answer.told) answer = await attempt();
    if (answer.id && answer.next) {
      draft.save();
      return location.assign(answer.next);
    }
    label(answer.errors || answer.told ? texts.send : texts.again);
    const marked = Object.entries(answer.errors ?? {}).map(([path, found]) => complain(form, path, `${found}`));
    if (!answer.told && !(marked[0] && marked.every(Boolean))) say(answer.detail ?? texts.failed);
    fail(answer.code, form.querySelector("[aria-invalid=true]"));
  }

  // Resolves as send() does; `told` when the captcha has said itself what is wrong.
  async function attempt() {
    const data = new FormData(form);
    for (const field of form.querySelectorAll("[data-fd-kind]")) data.set(field.name, fields.sent(field));
    if ("fdHere" in form.dataset) locate(data);
    try {
      data.set(captcha.field, await captcha.answer());
    } catch (reason) {
      const { code } = reason;
      if (code !== "captcha" && code !== "network") throw reason;
      return { code, told: code === "captcha" };
    }
    const answer = await send(url, data, draft.key);
    form.elements.token.value = data.get("token");
    if (/captcha|outage|unwritable/.test(answer.code)) captcha.forget(); // it was spent
    return answer;
  }

  // A mistake in our scripts, or a browser that lacks what they need: not to be taken for the network's.
  function broken(reason) {
    console.error(reason);
    label(texts.send);
    say(texts.broken);
    fail("script");
  }

  function label(text, busy = false) {
    aria(button, "disabled", String(busy));
    button.textContent = text;
    live.textContent = busy ? text : "";
  }

  function say(text) {
    failure.textContent = text;
    failure.parentElement.hidden = !text;
  }

  // For those who look on, like frame.js.
  function fail(code, field) {
    field?.focus();
    if (field) reveal(field, field.closest(PLACE));
    form.dispatchEvent(new CustomEvent("frontdesk:error", { bubbles: true, detail: { code } }));
  }
}

// Inside a page of the host's own. The server may not know its address: proxies and caches.
function locate(data) {
  const { href, search } = location;
  data.set("page", href.split("#")[0]);
  data.set("title", document.title);
  data.set("referrer", document.referrer);
  if (!data.get("campaign")) data.set("campaign", new URLSearchParams(search).get("utm_campaign") ?? "");
}

// What is wrong with a field, or "".
function complaint(field) {
  const { fdRequired, fdEither, fdOneOf } = field.dataset ?? {};
  if (fdOneOf) return field.form.querySelector(`[name="${CSS.escape(field.name)}"]:checked`) ? "" : fdOneOf;
  const others = fdEither && fields.answered(field.form.elements[fdEither]);
  if (fdRequired && !fields.answered(field) && !others) return fdRequired;
  return field.value ? fields.complaint(field) : "";
}

// How an answer was understood, beneath it.
function echo(field, text = field.dataset.fdKind ? fields.understood(field) : "") {
  const place = document.getElementById(`${field.id}-echo`);
  if (place) place.textContent = text;
}

// Marks a field by its name, here or in JSON ("consents.2"). Gives back what to focus on, if it is there.
function complain(form, path, message) {
  const name = path.replace(/^consents\./, "consent_").replace(/^attributes\./, "attribute_");
  const place = form.querySelector(`[data-fd-error="${CSS.escape(name)}"]`);
  if (!place) return undefined;
  place.textContent = message;
  const fields = form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
  for (const field of fields) aria(field, "invalid", message && "true");
  return fields[0];
}
