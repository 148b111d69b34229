// Shows hCaptcha or Turnstile. Nothing is asked of the vendor before the visitor starts on the form.

import { furnish, refusal } from "./box.js";

const PATIENCE = 15_000; // ms to wait for a vendor's script
const BLOCKED = "blocked"; // what is sent where it does not come

// What they do differently; each of them is a global object of its name.
const VENDORS = {
  hcaptcha: {
    width: 303, // px
    options: ({ language, mode }, narrow, on) => ({
      hl: language,
      size: mode === "invisible" ? mode : narrow ? "compact" : "normal",
      "close-callback": on.closed,
      "chalexpired-callback": on.closed,
    }),
  },
  turnstile: {
    width: 300,
    alone: true, // it starts by itself, and renews what has expired
    options: ({ language, mode }, narrow, on) => ({
      language,
      size: narrow ? "compact" : "flexible",
      appearance: mode === "invisible" ? "interaction-only" : "always",
      "response-field": false,
      "before-interactive-callback": on.asking,
      "after-interactive-callback": on.working,
      "timeout-callback": on.asking,
      "unsupported-callback": on.unsupported,
    }),
  },
};

export function mount(box, facts) {
  const { texts } = facts;
  const { say, retry, done } = furnish(box, facts);
  const vendor = VENDORS[facts.provider];
  const invisible = facts.mode === "invisible";
  const manual = !vendor.alone && !invisible; // only the visitor can start it

  const place = document.createElement("div");
  if (!invisible) place.className = "fd-widget"; // keeps its room from the start
  box.prepend(place);

  let shown = null; // the widget, once it is asked for
  let response = "";
  let asking = manual; // whether it is the visitor's turn
  let broken = false; // whether it has to be begun anew
  let hopeless = false; // whether this browser cannot do it at all
  let wanted = null; // the answer that is being waited for

  function passed(token) {
    response = token;
    broken = false;
    done();
    wanted?.resolve(token);
    wanted = null;
  }

  function stop(...words) {
    response = "";
    say(...words);
    wanted?.reject(refusal());
    wanted = null;
  }

  function ask() {
    asking = true;
    if (wanted) {
      box.scrollIntoView({ block: "center" });
      place.querySelector("iframe")?.focus();
    }
    stop(texts.unsolved);
  }

  const on = {
    asking: ask,
    working: () => (asking = manual),
    closed: () => wanted && stop(texts.closed),
    unsupported() {
      hopeless = true;
      stop(texts.unsupported, true, false);
    },
  };

  function failed(code) {
    if (/^challenge-(closed|expired)$/.test(code)) on.closed();
    else {
      broken = true;
      stop(texts.failed, true);
    }
    return true; // so that the vendor does not complain in the console as well
  }

  function expired() {
    response = "";
    if (manual) say(texts.expired);
  }

  function show() {
    shown ??= load(facts)
      .then((api) => {
        const narrow = place.clientWidth && place.clientWidth < vendor.width;
        const id = api.render(place, {
          sitekey: facts.sitekey,
          theme: theme(),
          callback: passed,
          "expired-callback": expired,
          "error-callback": failed,
          ...vendor.options(facts, narrow, on),
        });
        return {
          start: () => manual || vendor.alone || api.execute(id),
          reset: () => api.reset(id),
        };
      })
      .catch((reason) => {
        shown = null; // so that another try loads it again
        throw reason;
      });
    return shown;
  }

  const sendable = (reason) => reason === BLOCKED && facts.blocked === "send";

  function explain(reason) {
    if (sendable(reason)) say(texts.sendable);
    else say(reason === BLOCKED ? texts.blocked : texts.failed, true);
  }

  const begin = () => void show().catch(explain);

  async function answer() {
    if (response) return response;
    say(texts.checking);
    let widget;
    try {
      widget = await show();
    } catch (reason) {
      explain(reason);
      if (sendable(reason)) return BLOCKED;
      throw refusal();
    }
    if (response) return response;
    if (wanted) return wanted.promise;
    const promise = new Promise((resolve, reject) => (wanted = { resolve, reject }));
    wanted.promise = promise;
    if (broken) renew(widget);
    if (hopeless) on.unsupported();
    else if (asking) ask();
    else widget.start();
    return promise;
  }

  function renew(widget) {
    response = "";
    asking = manual;
    broken = false;
    widget.reset();
  }

  retry.onclick = async () => {
    const old = shown;
    say(texts.checking);
    try {
      const widget = await show();
      if (old) renew(widget);
      if (manual) say(texts.unsolved);
      widget.start();
    } catch (reason) {
      explain(reason);
    }
  };

  function forget() {
    response = "";
    say("");
    shown?.then(renew, () => {});
  }

  return { begin, answer, forget };
}

const loading = {};

function load({ provider, script }) {
  loading[provider] ??= new Promise((resolve, reject) => {
    if (window[provider]?.render) return resolve(window[provider]);
    const ready = `frontdesk_${provider}`;
    const url = new URL(script);
    url.searchParams.set("render", "explicit");
    url.searchParams.set("onload", ready);
    if (provider === "hcaptcha") url.searchParams.set("recaptchacompat", "off");
    window[ready] = () => resolve(window[provider]);
    const element = document.createElement("script");
    element.onerror = () => reject(BLOCKED);
    setTimeout(reject, PATIENCE, BLOCKED);
    element.src = url;
    document.head.append(element);
  }).finally(() => delete loading[provider]);
  return loading[provider];
}

function theme() {
  const forced = document.querySelector("meta[name=color-scheme]")?.content;
  if (forced === "light" || forced === "dark") return forced;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
