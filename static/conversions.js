// On a page with a form: hands on what brought the visitor, as far as the visitor has agreed. See
// docs/conversions.md. It sets no cookie, and keeps nothing before the page says that it may.

{
  const CLICKS = ["gclid", "gbraid", "wbraid", "fbclid"];
  const CAMPAIGN = ["source", "medium", "campaign", "term", "content"];
  const MODES = ["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"];
  const KEPT = "frontdesk-attribution"; // in sessionStorage
  const LIMIT = 1500; // characters in all: the address of an iframe has room for as many

  const modes = {}; // what the visitor has agreed to, as last told
  let withdrawn; // by the visitor, and not by what holds until there is an answer
  // Without Consent Mode, a page may say so itself: <script data-consent="granted">.
  if (/^(granted|denied)$/.test(document.currentScript?.dataset.consent))
    for (const name of MODES) modes[name] = document.currentScript.dataset.consent;

  // What gtag("consent", …) leaves in the data layer, in the order in which it was said.
  function listen() {
    for (const entry of Array.from(window.dataLayer ?? [])) {
      if (entry?.[0] !== "consent") continue;
      const { 1: kind, 2: said } = entry;
      for (const name of MODES) {
        const choice = said?.[name];
        // A default for some regions only: who is in them is not known here, so it can only deny.
        const known = choice === "denied" || (choice === "granted" && !(kind === "default" && said.region));
        if (known) modes[name] = choice;
      }
      if (kind === "update" && said?.ad_storage) withdrawn = said.ad_storage === "denied";
    }
  }

  function kept() {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
    } catch {
      return {}; // switched off, or not ours
    }
  }

  function keep(facts) {
    try {
      if (facts) sessionStorage.setItem(KEPT, JSON.stringify(facts));
      else sessionStorage.removeItem(KEPT);
    } catch {} // then it is known on this page only
  }

  function first(query) {
    const found = {};
    for (const name of CAMPAIGN) found["first_" + name] = query.get("utm_" + name);
    found.first_page = location.origin + location.pathname;
    try {
      found.first_referrer = new URL(document.referrer).origin;
    } catch {} // none
    return found;
  }

  function attribution() {
    listen();
    const facts = {};
    if (modes.ad_storage === "granted") {
      const query = new URLSearchParams(location.search);
      Object.assign(facts, kept());
      if (!facts.first_page) Object.assign(facts, first(query));
      for (const name of CLICKS) if (query.get(name)) facts[name] = query.get(name);
      keep(facts);
      facts._fbp = /(?:^|; )_fbp=([^;]*)/.exec(document.cookie)?.[1];
    } else if (withdrawn) keep(null);
    const told = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...modes, ...facts })) {
      // A click is known by all of its id; what is in words may be shorter.
      const text = `${value ?? ""}`.slice(0, name.startsWith("first_") ? 200 : 500);
      const longer = new URLSearchParams(told);
      longer.set(name, text);
      if (text && `${longer}`.length <= LIMIT) told.set(name, text);
    }
    return `${told}`;
  }

  function handOn() {
    const text = attribution();
    for (const element of document.querySelectorAll("frontdesk-form[attribution]")) {
      if (element.getAttribute("attribution") !== text) element.setAttribute("attribution", text);
      const frame = element.shadowRoot?.querySelector("iframe");
      // Not before it has answered embed.js, which shows it then: the form may still be on its way.
      if (!frame?.src || frame.hidden || frame.style.visibility) continue;
      frame.contentWindow?.postMessage({ frontdesk: "attribution", text }, new URL(frame.src).origin);
    }
    for (const form of document.querySelectorAll("form[data-frontdesk],form[data-fd-form]")) {
      let field = form.querySelector("input[name=attribution]");
      if (!field) {
        field = document.createElement("input");
        field.type = "hidden";
        field.name = "attribution";
        form.append(field);
      }
      field.value = text;
    }
  }

  // Whoever decides about consent does so before sending: in a form of the page's own until the last
  // moment, in an iframe until the first key.
  for (const name of ["ready", "view", "started"]) addEventListener("frontdesk:" + name, handOn);
  addEventListener("submit", handOn, true);
  addEventListener("DOMContentLoaded", handOn);
  handOn();
}
