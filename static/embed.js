// <frontdesk-form form="riverside"></frontdesk-form>: see docs/embedding.md

if (!customElements.get("frontdesk-form")) {
  // <img name="title"> on a page hides the document's own title, and so on.
  const own = (name) => Reflect.get(Document.prototype, name, document);
  const make = (tag, facts) => Object.assign(own("createElement").call(document, tag), facts);
  const LOADER = 'script[src*="embed.js"]';
  const running = own("currentScript"); // none in a module; another one in a bundle
  const loaders = running?.matches(LOADER) ? [running] : own("querySelectorAll").call(document, LOADER);

  const css = ":host(:not([hidden])){display:block;flex-grow:1}";
  let sheet;
  try {
    sheet = new CSSStyleSheet(); // since Safari 16.4 and Firefox 101
    sheet.replaceSync(css);
  } catch {}

  customElements.define("frontdesk-form", class extends HTMLElement {
    static observedAttributes = "form,server,campaign,lang,theme,unit,tags".split(",");
    #shadow = this.attachShadow({ mode: "open" });
    #frame;
    #ours; // the origin of the form
    #fail;
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
      this.#frame = 0;
    }

    attributeChangedCallback(name, before, now) {
      if (!this.#frame || before === now) return;
      if (/form|server/.test(name) || this.#frame.hidden) return this.#load();
      this.#tell({ [name]: this.#facts()[name] });
      if (/lang|theme/.test(name)) this.#later ||= {}; // loads anew
      this.#paint();
    }

    #get(name) {
      return this.getAttribute(name) || "";
    }

    #facts() {
      const facts = {};
      // attribute-…: what the page says of itself; heading, theme, unit, tags.
      for (const name of this.getAttributeNames()) if (/^(attr|head|theme|unit|tags)/.test(name)) facts[name] = this.#get(name);
      return {
        ...facts,
        lang: (this.closest("[lang]") || own("documentElement")).lang,
        campaign: this.#get("campaign") || new URLSearchParams(location.search).get("utm_campaign") || "",
        title: own("title"),
        page: location.href.split("#")[0],
        referrer: own("referrer"),
      };
    }

    // Browsers lay an opaque ground below a frame whose colour scheme is not that of the page in it.
    #paint() {
      this.#frame.style.colorScheme = this.#get("theme").match(/^(light|dark)$/)?.[0] || "light dark";
    }

    #load() {
      const facts = this.#facts();
      const frame = make("iframe", { scrolling: "no" });
      const wait = (ms) => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(this.#fail, ms);
      };
      let server, form;
      // Servers refuse longer ones.
      const address = (mark) => (form + mark + new URLSearchParams(facts)).slice(0, 4e3);
      // If the frame answers after all, it comes back.
      this.#fail = (code = "blocked") => {
        clearTimeout(this.#timer);
        const place = make(this.innerHTML.trim() ? "slot" : "p");
        frame.hidden = true;
        frame.after(place);
        this.#emit("error", { code });
        if (!server) return console.error("Which server? <frontdesk-form server>");
        place.append(make("a", { href: address("?"), target: "_blank", text: server }));
        import(new URL("static/blocked.js", server)).then(({ say }) => say(place, code, facts.lang), () => {});
      };
      this.#frame = frame;
      this.#later = {};
      this.#once = {};
      // Set like this, a page's policy has nothing against it. The width is the container's, and 736px
      // where a container asks how wide it is to be.
      frame.style.cssText =
        "width:736px;min-width:100%;max-width:100%;height:var(--frontdesk-height,80rem);border:0;vertical-align:top;visibility:hidden";
      this.#paint();
      this.#shadow.replaceChildren(frame);
      if (sheet) this.#shadow.adoptedStyleSheets = [sheet];
      else this.#shadow.prepend(make("style", { textContent: css }));
      const given = this.#get("server");
      const [src, other] = given ? [given.replace(/\/*$/, "/")] : new Set([...loaders].map(({ src }) => src));
      try {
        const url = new URL(!other && src);
        if (/^http/.test(url)) server = url;
      } catch {}
      if (!server) return wait(500); // what stands inside may not be parsed yet
      this.#ours = server.origin;
      form = new URL("forms/" + encodeURIComponent(this.#get("form")), server);
      frame.onload = () => {
        frame.contentWindow.postMessage({ frontdesk: "hello" }, this.#ours);
        wait(5e3);
      };
      wait(2e4);
      frame.src = address("?embed=1&");
    }

    #tell(changes) {
      if (this.#later) Object.assign(this.#later, changes);
      else this.#frame.contentWindow.postMessage({ ...changes, frontdesk: "set" }, this.#ours);
    }

    #hear = ({ source, origin, data }) => {
      const frame = this.#frame;
      if (source !== frame.contentWindow || origin !== this.#ours) return;
      const { frontdesk: what, height, title, again, margin, url, look, ...detail } = data;
      if (detail.code === "404") return this.#fail("404", (this.#ours = "")); // whatever else it may tell
      clearTimeout(this.#timer);
      frame.hidden = false;
      frame.style.visibility = "";
      frame.nextSibling?.remove();
      if (height) frame.style.height = height + "px";
      if (title) frame.title = this.#get("label") || title;
      frame.style.scrollMargin = margin; // undefined changes nothing
      if (margin) frame.scrollIntoView();
      if (again && this.getBoundingClientRect().top < 0) this.scrollIntoView();
      const later = this.#later;
      this.#later = 0;
      // What the page says of the properties that the form asks for.
      if (later || look) this.#tell({ ...later, look: look?.map((name) => getComputedStyle(this).getPropertyValue(name)) });
      if (what && this.#emit(what, detail) && detail.id) {
        const link = make("a", { href: this.#get("success-url") || url || "a:" });
        // Tags report first.
        if (/^http/.test(link.protocol)) setTimeout(() => location.assign(link), 500);
      }
    };

    #emit(what, detail) {
      if (this.#once[what]) return;
      this.#once[what] = !(detail.code || detail.id);
      const event = "frontdesk:" + what;
      detail.form = this.#get("form");
      window.dataLayer?.push?.({ event, ...detail });
      return this.dispatchEvent(
        new CustomEvent(event, { composed: true, cancelable: true, bubbles: true, detail }),
      );
    }
  });
}
