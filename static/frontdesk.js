// Lets somebody's own <form data-frontdesk="riverside"> send enquiries: see docs/own-form.md

import * as captchas from "./static/captcha.js";
import { newKey, send } from "./static/send.js";

const known = new WeakMap();
const make = (tag, facts) => Object.assign(document.createElement(tag), facts);

// Gives back a function that takes everything off the form again.
export function enhance(form) {
  if (!known.has(form)) known.set(form, attend(form));
  return known.get(form);
}

function attend(form) {
  const slug = form.dataset.frontdesk;
  const url = new URL("forms/" + encodeURIComponent(slug), import.meta.url).href;
  const language = form.closest("[lang]")?.lang ?? "";
  const button = form.querySelector("[type=submit],button:not([type])");
  const box = form.querySelector("[data-frontdesk-captcha]") ?? make("div");
  const status = form.querySelector("[data-frontdesk-status]") ?? make("p");
  const off = new AbortController();
  const on = (type, hear, capture) => form.addEventListener(type, hear, { signal: off.signal, capture });
  const once = new Set();
  let key = newKey();
  let desk;
  let failed; // the first field that is wrong

  status.role = "status";
  status.tabIndex = -1;
  if (!box.isConnected) button.before(box);
  if (!status.isConnected) button.before(status);

  const view = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    view.disconnect();
    emit("view");
    prepare().catch(() => {});
  });
  view.observe(form);
  on("focusin", () => prepare().then(({ captcha }) => captcha.begin(), () => {}));
  on("input", ({ target }) => {
    emit("started");
    for (const field of form.elements) field.setCustomValidity("");
    if (target.validity.valid) show(target, "");
  });
  // Both what the browser finds and what the server found end here, and are shown beside the field.
  on("invalid", (event) => {
    event.preventDefault();
    show(event.target, event.target.validationMessage);
    failed ??= event.target;
    failed.focus();
    queueMicrotask(() => (failed = null));
  }, true);
  on("submit", (event) => {
    event.preventDefault();
    if (button.ariaDisabled !== "true") submit();
  });

  // What only the server knows: a token, how its captcha works, and what to say in which language.
  function prepare() {
    desk ??= fetch(`${url}/token?lang=${language}`, { cache: "no-store" })
      .then(async (response) => {
        if (!response.ok) throw new Error(response.status);
        const { token, captcha, texts } = await response.json();
        emit("ready");
        return { token, texts, captcha: captchas.mount(box, captcha, url) };
      })
      .catch((reason) => {
        desk = null;
        throw reason;
      });
    return desk;
  }

  async function submit() {
    let texts;
    busy(true);
    try {
      const { captcha } = ({ texts } = await prepare());
      status.textContent = texts.sending;
      let answer = await attempt(await desk);
      // A captcha's answer may have grown old, or been spent on a try whose outcome got lost.
      if (answer.code === "captcha") answer = await attempt(await desk);
      busy(false);
      answer.id ? thank(answer, texts) : refuse(answer, texts);
      captcha.forget();
    } catch ({ code = "network" }) {
      busy(false);
      refuse({ code }, texts ?? { failed: "This could not be sent. Please try again." });
    }
  }

  async function attempt(desk) {
    const data = new FormData(form);
    const { location, referrer, title } = document;
    const page = location.href.split("#")[0];
    const campaign = new URLSearchParams(location.search).get("utm_campaign") ?? "";
    for (const [name, value] of Object.entries({ language, page, referrer, title, campaign }))
      if (!data.get(name)) data.set(name, value);
    data.set("token", desk.token);
    data.set(desk.captcha.field, await desk.captcha.answer());
    const answer = await send(url, data, key);
    desk.token = data.get("token");
    if (answer.code === "captcha") desk.captcha.forget();
    return answer;
  }

  function thank({ id }, texts) {
    key = newKey();
    status.textContent = "";
    if (!emit("submitted", { id })) return;
    if (form.dataset.successUrl) return location.assign(form.dataset.successUrl);
    form.reset();
    status.textContent = texts.thanks;
    status.focus();
  }

  function refuse({ code, detail, errors = {} }, texts) {
    status.textContent = code === "captcha" && !detail ? "" : (detail ?? texts.failed);
    for (const [path, [message]] of Object.entries(errors)) {
      const found = form.elements[path.replace(/^(consent|attribute)s\./, "$1_")];
      (found?.[0]?.setCustomValidity ? found[0] : found)?.setCustomValidity(message);
    }
    form.reportValidity();
    emit("error", { code });
  }

  function busy(sending) {
    button.ariaDisabled = String(sending);
  }

  function emit(what, detail = {}) {
    if (!detail.code && !detail.id && once.has(what)) return true;
    once.add(what);
    const event = "frontdesk:" + what;
    detail.form = slug;
    if (Array.isArray(window.dataLayer)) dataLayer.push({ event, ...detail });
    return form.dispatchEvent(new CustomEvent(event, { bubbles: true, composed: true, cancelable: true, detail }));
  }

  function show(field, message) {
    let place = form.querySelector(`[data-frontdesk-error="${CSS.escape(field.name)}"]`);
    if (!place) {
      if (!message) return;
      place = make("span", { className: "frontdesk-error" });
      place.dataset.frontdeskError = field.name;
      (field.closest("label") ?? field).after(place);
    }
    place.id ||= `frontdesk-${slug}-${field.name}-error`;
    place.textContent = message;
    field.ariaInvalid = message ? "true" : null;
    const described = field.getAttribute("aria-describedby") ?? "";
    if (!described.includes(place.id)) field.setAttribute("aria-describedby", `${described} ${place.id}`);
  }

  return () => {
    off.abort();
    view.disconnect();
    known.delete(form);
  };
}

for (const form of document.querySelectorAll("form[data-frontdesk]")) enhance(form);
