// The visitor's form: what is wrong is said at its field, it is sent once, and what was typed stays.
// Everything but the captcha works without this file too, a little less smoothly.

import * as captchas from "./captcha.js";
import { keep } from "./draft.js";
import * as fields from "./fields.js";
import { aria } from "./browser.js";
import { locate, newKey, send } from "./send.js";

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
  const summary = form.querySelector("[data-fd-summary]");
  const gratitude = form.querySelector("[data-fd-thanks]"); // unless the visitor is thanked elsewhere
  const url = new URL(form.action);
  const draft = keep(form, url.pathname + (index || ""), newKey());
  const box = form.querySelector("[data-fd-captcha]");
  let started = false;
  let listed;
  const captcha = captchas.mount(box, JSON.parse(box.dataset.fdCaptcha), url.origin + url.pathname);

  for (const field of form.elements) echo(field); // a draft, or what the server gave back
  // The browser's own bubbles speak the browser's language, one field at a time.
  form.noValidate = true;
  form.addEventListener("focusin", () => captcha.begin(), { once: true });
  // On leaving a field, and never while it is being filled in.
  form.addEventListener("change", async ({ target }) => {
    await released;
    await new Promise((done) => setTimeout(done)); // a tap presses and releases in one go
    const message = target.value && complaint(target);
    if (target.value) complain(form, target.name, message);
    // The focus is elsewhere by now, so it is said which field is meant.
    if (message) live.textContent = `${target.labels[0]?.firstChild.textContent.trim()} – ${message}`;
    echo(target);
  });
  form.addEventListener("input", ({ target }) => {
    if (!started) emit("started");
    started = true;
    echo(target, "");
    if (live.textContent !== texts.sending) live.textContent = "";
    for (const field of form.elements) {
      const concerned = field === target || field.dataset.fdEither === target.name;
      if (concerned && field.getAttribute?.("aria-invalid") === "true" && !complaint(field)) complain(form, field.name, "");
    }
    if (!mistaken()[0]) list([]);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Not `disabled`, which would throw the focus away.
    if (button.getAttribute("aria-disabled") !== "true") submit().catch(broken);
  });
  emit("ready");
  const view = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    view.disconnect();
    emit("view");
  });
  view.observe(form);
  // Back from the next page, the browser may show this one as it was left.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    captcha.forget();
    label(texts.send);
  });

  async function submit() {
    say("");
    list([]);
    form.querySelector("[data-fd-focus]")?.remove(); // what the server said of the try before
    const wrong = [...form.elements].filter(complaint);
    for (const field of wrong) complain(form, field.name, complaint(field));
    if (wrong.length) return fail("fields", wrong[0], texts.marked);
    label(texts.sending, true);
    let answer = await attempt();
    // A captcha's answer may have grown old, or been spent on a try whose outcome got lost.
    if (answer.code === "captcha" && !answer.told) answer = await attempt();
    if (answer.id && answer.next) {
      draft.save();
      return gratitude ? thank(answer.done) : location.assign(answer.next);
    }
    label(answer.errors || answer.told ? texts.send : texts.again);
    const marked = Object.entries(answer.errors ?? {}).map(([path, found]) => complain(form, path, `${found}`));
    const said = answer.detail ?? texts.failed;
    if (!answer.told && !marked.some(Boolean)) say(said);
    fail(answer.code, form.querySelector("[aria-invalid=true]"), said);
  }

  // In the form's place, with what only this page knows.
  function thank(done) {
    if (!emit("submitted", done)) return label(texts.send);
    const data = new FormData(form);
    const { phone } = form.elements;
    if (phone) data.set("phone", fields.understood(phone) || phone.value);
    for (const place of gratitude.querySelectorAll("[data-fd-told]")) {
      const told = place.dataset.fdTold.split(" ").flatMap((name) => data.getAll(name)).filter(Boolean);
      place.textContent = told.join(", ");
      place.parentNode.hidden = !told[0];
    }
    form.reset();
    for (const field of form.elements) echo(field, "");
    draft.key = newKey(); // the next one is another
    draft.save();
    captcha.forget();
    turn(true);
    gratitude.focus();
    gratitude.querySelector("button").onclick = () => {
      turn(false);
      [...form.elements].find(({ willValidate }) => willValidate).focus();
    };
    label(texts.send); // not before: a second press would send it once more
  }

  function turn(thanked) {
    form.classList.toggle("fd-done", thanked);
    gratitude.hidden = !thanked;
    const lead = document.querySelector(".fd-header>.fd-lead");
    if (lead) lead.hidden = thanked;
  }

  // Resolves as send() does; `told` when the captcha has said itself what is wrong.
  async function attempt() {
    const data = new FormData(form);
    for (const field of form.querySelectorAll("[data-fd-kind]")) data.set(field.name, fields.sent(field));
    if ("fdHere" in form.dataset) locate(data); // inside a page of the host's own
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

  // The focus says what is wrong with one field; that there are others is said once, and shown with links.
  function fail(code, field, said) {
    field?.focus();
    if (field) import("./reveal.js").then(({ reveal }) => reveal(field, [field.closest(PLACE)]), () => {});
    emit("error", { code });
    if (field) list(mistaken(), said);
  }

  const mistaken = () =>
    [...form.querySelectorAll("[data-fd-error]")]
      .filter((place) => place.textContent)
      .map((place) => [named(form, place.dataset.fdError)[0], place.textContent]);

  async function list(found, title = "") {
    summary.hidden = true;
    const mine = (listed = {});
    if (!found[0]) return;
    const { mistakes } = await import("./words.js").catch(() => ({}));
    if (mine !== listed) return; // there is something newer to say
    summary.replaceChildren(mistakes ? mistakes(found, title) : title);
    summary.hidden = false;
  }

  // For those who look on: frame.js, and the page that the form is a part of.
  function emit(what, detail = {}) {
    const event = `frontdesk:${what}`;
    detail.form = form.dataset.fdForm;
    window.dataLayer?.push?.({ event, ...detail });
    return form.dispatchEvent(new CustomEvent(event, { bubbles: true, composed: true, cancelable: true, detail }));
  }
}

// What is wrong with a field, or "".
function complaint(field) {
  const { fdRequired, fdEither, fdOneOf } = field.dataset ?? {};
  const other = fdEither && field.form.elements[fdEither];
  const others = other?.value && fields.answered(other);
  if (fdOneOf) return others || field.form.querySelector(`[name="${CSS.escape(field.name)}"]:checked`) ? "" : fdOneOf;
  if (fdRequired && !fields.answered(field) && !others) return fdRequired;
  return field.value ? fields.complaint(field) : "";
}

// How an answer was understood, beneath it.
function echo(field, text = field.dataset.fdKind ? fields.understood(field) : "") {
  const place = document.getElementById(`${field.id}-echo`);
  if (place) place.textContent = text;
}

const named = (form, name) => form.querySelectorAll(`[name="${CSS.escape(name)}"]`);

// Marks a field by its name, here or in JSON ("consents.2"). Gives back what to focus on, if it is there.
function complain(form, path, message) {
  const name = path.replace(/^consents\./, "consent_").replace(/^attributes\./, "attribute_");
  const place = form.querySelector(`[data-fd-error="${CSS.escape(name)}"]`);
  if (!place) return undefined;
  place.textContent = message;
  const fields = named(form, name);
  for (const field of fields) aria(field, "invalid", message && "true");
  return fields[0];
}
