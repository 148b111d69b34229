// <frontdesk-form form="riverside" unit="A.101"></frontdesk-form>: see docs/embedding.md

(() => {
  const tag = "frontdesk-form";
  if (customElements.get(tag)) return;

  const server = document.currentScript.src;
  const ours = new URL(server).origin;
  const make = (tag, facts) => Object.assign(document.createElement(tag), facts);

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ":host,iframe{display:block}:host([hidden]),[hidden]{display:none}" +
      "iframe{width:100%;height:var(--frontdesk-height,80rem);border:0}",
  );

  class FrontdeskForm extends HTMLElement {
    static observedAttributes = ["form", "lang", "unit", "campaign", "tags"];
    #frame;
    #alive; // whether the frame has said something
    #later; // what to tell it then
    #once; // events that have been
    #timer;

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    }

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
      if (name === "form" || name === "lang") this.#load();
      else this.#tell({ [name]: now || "" });
    }

    #get(name) {
      return this.getAttribute(name) || "";
    }

    #load() {
      const facts = {
        lang: (this.closest("[lang]") || document.documentElement).lang,
        unit: this.#get("unit"),
        tags: this.#get("tags"),
        campaign: this.#get("campaign") || new URLSearchParams(location.search).get("utm_campaign"),
        title: document.title,
        referrer: document.referrer,
        page: location.href.split("#")[0],
      };
      const url = new URL("forms/" + encodeURIComponent(this.#get("form")), server);
      for (const name in facts)
        url.searchParams.set(name, (facts[name] || "").slice(0, name === "page" ? 2000 : 200));
      const href = url.href; // the form by itself
      url.searchParams.set("embed", 1);

      const frame = make("iframe", { src: url, title: this.#get("label") || this.#get("form"), scrolling: "no" });
      const wait = (ms) => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#fail(href), ms);
      };
      frame.onload = () => {
        frame.contentWindow.postMessage({ frontdesk: "hello" }, ours);
        wait(5e3);
      };
      wait(2e4);
      this.#frame = frame;
      this.#alive = false;
      this.#later = {};
      this.#once = {};
      this.shadowRoot.replaceChildren(frame);
    }

    // No hole. If the frame answers after all, it comes back.
    #fail(href) {
      const link = make("a", { href, target: "_blank", textContent: "Open the form in a new tab" });
      this.#frame.hidden = true;
      this.#frame.after(this.innerHTML.trim() ? make("slot") : link);
      this.#emit("error", { code: "blocked" });
    }

    #tell(changes) {
      Object.assign(this.#later, changes);
      if (!this.#alive) return;
      this.#frame.contentWindow.postMessage({ ...this.#later, frontdesk: "set" }, ours);
      this.#later = {};
    }

    #hear = ({ source, origin, data }) => {
      const frame = this.#frame;
      if (source !== frame.contentWindow || origin !== ours) return;
      const { frontdesk: what, height, title, again, url, ...detail } = data;
      clearTimeout(this.#timer);
      frame.hidden = false;
      frame.nextSibling?.remove();
      if (height) frame.style.height = height + "px";
      if (title) frame.title = this.#get("label") || title;
      if (again && this.getBoundingClientRect().top < 0) this.scrollIntoView();
      this.#alive = true;
      this.#tell();
      if (what && this.#emit(what, detail) && detail.id) this.#leave(this.#get("success-url") || url);
    };

    #emit(what, detail) {
      if (!detail.code && !detail.id && this.#once[what]) return;
      this.#once[what] = true;
      const event = "frontdesk:" + what;
      detail.form = this.#get("form");
      if (Array.isArray(window.dataLayer)) dataLayer.push({ event, ...detail });
      if (what === "ready")
        new IntersectionObserver(([{ isIntersecting }], observer) => {
          if (!isIntersecting) return;
          observer.disconnect();
          this.#emit("view", {});
        }).observe(this);
      return this.dispatchEvent(
        new CustomEvent(event, { bubbles: true, composed: true, cancelable: true, detail }),
      );
    }

    #leave(href) {
      const to = make("a", { href });
      // Not at once: tags report conversions.
      if (href && /^http/.test(to.protocol)) setTimeout(() => location.assign(to), 500);
    }
  }

  customElements.define(tag, FrontdeskForm);
})();
