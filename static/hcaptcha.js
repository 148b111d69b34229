// Shows hCaptcha, and asks hCaptcha's server for nothing before the visitor starts on the form.

const PATIENCE = 15_000; // ms to wait for the script
const NARROW = 303; // px: the normal widget's width

let loading = null;

function load(url, language) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const late = setTimeout(reject, PATIENCE);
    window.frontdeskHcaptcha = () => {
      clearTimeout(late);
      resolve(window.hcaptcha);
    };
    script.onerror = reject;
    script.async = true;
    script.src = `${url}?render=explicit&onload=frontdeskHcaptcha&hl=${encodeURIComponent(language)}`;
    document.head.append(script);
  });
  return loading.catch((reason) => {
    loading = null; // so that another try loads it again
    throw reason;
  });
}

for (const box of document.querySelectorAll("[data-fd-hcaptcha]")) mount(box);

function mount(box) {
  const form = box.closest("form");
  const place = box.querySelector(".fd-widget");
  const status = box.querySelector(".fd-status");
  const retry = box.querySelector(".fd-retry");
  const texts = box.dataset;
  let shown = null;

  const say = (text) => (status.textContent = text);

  function show() {
    shown ??= load(texts.fdHcaptcha, texts.fdLanguage)
      .then((hcaptcha) => {
        const id = hcaptcha.render(place, {
          sitekey: texts.fdSitekey,
          theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
          size: place.clientWidth < NARROW ? "compact" : "normal",
          callback: () => say(""),
          "error-callback": () => say(texts.fdFailed),
        });
        say("");
        retry.hidden = true;
        return () => hcaptcha.getResponse(id);
      })
      .catch((reason) => {
        shown = null;
        say(texts.fdFailed);
        retry.hidden = false;
        throw reason;
      });
    return shown;
  }

  async function check() {
    const response = await show();
    if (response()) return;
    say(texts.fdUnsolved);
    box.scrollIntoView({ block: "center" });
    throw new Error("unsolved");
  }

  const begin = () => show().catch(() => {});
  form.addEventListener("focusin", begin, { once: true });
  form.addEventListener("pointerdown", begin, { once: true });
  form.addEventListener("frontdesk:check", ({ detail }) => detail.until(check()));
  retry.addEventListener("click", begin);
}
