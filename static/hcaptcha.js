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

export function mount(box, { script, sitekey, language, texts }) {
  const place = make("div", "fd-widget");
  const status = make("p", "fd-status");
  const retry = make("button", "fd-button fd-retry");
  status.role = "status";
  Object.assign(retry, { type: "button", hidden: true, textContent: texts.again });
  box.append(place, status, retry);
  let shown = null;
  let forgetting = () => {};

  const say = (text) => (status.textContent = text);

  function show() {
    shown ??= load(script, language)
      .then((hcaptcha) => {
        const id = hcaptcha.render(place, {
          sitekey,
          theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
          size: place.clientWidth < NARROW ? "compact" : "normal",
          callback: () => say(""),
          "error-callback": () => say(texts.failed),
        });
        say("");
        retry.hidden = true;
        forgetting = () => hcaptcha.reset(id);
        return () => hcaptcha.getResponse(id);
      })
      .catch(() => {
        shown = null;
        say(texts.failed);
        retry.hidden = false;
        throw refused("blocked");
      });
    return shown;
  }

  const begin = () => show().catch(() => {});
  retry.addEventListener("click", begin);
  return {
    begin,
    forget: () => forgetting(),
    async answer() {
      const response = (await show())();
      if (response) return response;
      say(texts.unsolved);
      box.scrollIntoView({ block: "center" });
      throw refused("unsolved");
    },
  };
}

const make = (tag, className) => Object.assign(document.createElement(tag), { className });
const refused = (why) => Object.assign(new Error(why), { code: "captcha" });
