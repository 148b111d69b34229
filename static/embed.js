// <frontdesk-form form="riverside"></frontdesk-form>: see docs/embedding.md

if (!customElements.get("frontdesk-form")) {
  const server = document.currentScript.src;
  const ours = new URL(server).origin;
  const make = (tag, facts) => Object.assign(document.createElement(tag), facts);

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ":host,iframe{display:block}:host([hidden]),[hidden]{display:none}" +
      "iframe{width:100%;height:var(--frontdesk-height,80rem);border:0;color-scheme:light dark}" +
      ":host([theme=light]) iframe{color-scheme:light}:host([theme=dark]) iframe{color-scheme:dark}",
  );

  const LINK = {
    cs: "Otevřít formulář na nové kartě",
    de: "Formular in neuem Tab öffnen",
    en: "Open the form in a new tab",
    hu: "Űrlap megnyitása új lapon",
    pl: "Otwórz formularz w nowej karcie",
    sk: "Otvoriť formulár na novej karte",
    uk: "Відкрити форму в новій вкладці",
  };

  class FrontdeskForm extends HTMLElement {
    static observedAttributes = ["form", "lang", "theme", "unit", "campaign", "tags"];
    #shadow = this.attachShadow({ mode: "open" });
    #frame;
    #later; // to be told when it is there
    #once; // events not to be repeated
    #timer;

    connectedCallback() {
      addEventListener("message", this.#hear);
      this.#load();
    }

    disconnectedCallback() {
      removeEventListener("message", this.#hear);
      clearTimeout(this.#timer);
      this.#frame = null;
    }

    attributeChangedCallback(name, before, now) {
      if (!this.#frame || before === now) return;
      if (name === "form" || this.#frame.hidden) this.#load();
      else this.#tell({ [name]: this.#facts()[name] });
      if (/lang|theme/.test(name)) this.#later ||= {}; // loads anew
    }

    #get(name) {
      return this.getAttribute(name) || "";
    }

    #facts() {
      return {
        lang: (this.closest("[lang]") || document.documentElement).lang,
        theme: this.#get("theme"),
        unit: this.#get("unit"),
        tags: this.#get("tags"),
        campaign: this.#get("campaign") || new URLSearchParams(location.search).get("utm_campaign") || "",
        title: document.title,
        page: location.href.split("#")[0],
        referrer: document.referrer,
      };
    }

    #load() {
      const facts = this.#facts();
      const form = new URL("forms/" + encodeURIComponent(this.#get("form")), server);
      // Servers refuse longer ones.
      const address = (mark) => (form + mark + new URLSearchParams(facts)).slice(0, 4e3);
      const frame = make("iframe", { src: address("?embed=1&"), title: this.#get("label"), scrolling: "no" });
      // If the frame answers after all, it comes back.
      const fail = () => {
        const text = LINK[facts.lang.slice(0, 2)] || LINK.en;
        const link = make("a", { href: address("?"), target: "_blank", text });
        frame.hidden = true;
        frame.after(this.innerHTML.trim() ? make("slot") : link);
        this.#emit("error", { code: "blocked" });
      };
      const wait = (ms) => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(fail, ms);
      };
      frame.onload = () => {
        frame.contentWindow.postMessage({ frontdesk: "hello" }, ours);
        wait(5e3);
      };
      wait(2e4);
      this.#frame = frame;
      this.#later = {};
      this.#once = {};
      this.#shadow.adoptedStyleSheets = [sheet];
      this.#shadow.replaceChildren(frame);
    }

    #tell(changes) {
      if (this.#later) Object.assign(this.#later, changes);
      else this.#frame.contentWindow.postMessage({ ...changes, frontdesk: "set" }, ours);
    }

    #hear = ({ source, origin, data }) => {
      const frame = this.#frame;
      if (source !== frame.contentWindow || origin !== ours) return;
      const { frontdesk: what, height, title, from, to, url, ...detail } = data;
      clearTimeout(this.#timer);
      frame.hidden = false;
      frame.nextSibling?.remove();
      if (height) frame.style.height = height + "px";
      if (title) frame.title = this.#get("label") || title;
      const { top } = frame.getBoundingClientRect();
      if (top + from < 0 || (from && top + to > innerHeight)) {
        frame.style.scrollMarginTop = -from + "px";
        (from ? frame : this).scrollIntoView();
      }
      const later = this.#later;
      this.#later = null;
      if (later) this.#tell(later);
      if (what && this.#emit(what, detail) && detail.id) this.#leave(this.#get("success-url") || url);
    };

    #emit(what, detail) {
      if (this.#once[what]) return;
      this.#once[what] = !detail.code && !detail.id;
      const event = "frontdesk:" + what;
      detail.form = this.#get("form");
      window.dataLayer?.push?.({ event, ...detail });
      return this.dispatchEvent(
        new CustomEvent(event, { bubbles: true, composed: true, cancelable: true, detail }),
      );
    }

    #leave(href) {
      const to = make("a", { href });
      // Tags report first.
      if (href && /^http/.test(to.protocol)) setTimeout(() => location.assign(to), 500);
    }
  }

  customElements.define("frontdesk-form", FrontdeskForm);
}
