// What there is to say beyond a sentence: what is wrong, where else to go, thanks. Loaded when it is said.

import { words } from "./blocked.js";
import { make, own } from "./browser.js";
import { reveal } from "./reveal.js";

// What is wrong, as a list whose lines lead to the fields.
export function mistakes(found, title) {
  const lines = found.map(([field, message]) => {
    const name = caption(field);
    const link = make("a", { href: `#${field.id}` }, name ? `${name} – ${message}` : message);
    link.onclick = (event) => {
      event.preventDefault(); // the page may have a <base>
      field.focus();
    };
    return make("li", {}, link);
  });
  const inside = title ? [make("p", { className: "fd-summary-title" }, title)] : [];
  return make("div", { className: "fd-summary" }, ...inside, make("ul", {}, ...lines));
}

// How a field is called: in a group of boxes as the group is.
function caption(field) {
  const label = /^(checkbox|radio)$/.test(field.type) ? field.closest("fieldset")?.querySelector("legend") : field.labels?.[0];
  const heard = (node) => !node.contains(field) && node.getAttribute?.("aria-hidden") !== "true";
  const text = label && [...label.childNodes].filter(heard).map((node) => node.textContent).join("");
  return text?.replace(/\s+/g, " ").trim().replace(/[:*]$/, "");
}

// For a form of the page's own: what is wrong, said at once rather than piece by piece.
export function tell(place, said, found = []) {
  place.replaceChildren(found.length ? mistakes(found, said) : said);
  if (found.length) reveal(found[0][0]);
}

// Where a visitor can go whom the page cannot help. `address` is the form's own page.
export function elsewhere(place, said, address, lang) {
  const [, open, failed] = words(lang);
  const link = make("a", { href: address, target: "_blank", rel: "noopener" }, open);
  place.replaceChildren(`${said || failed} `, link);
  const { origin } = new URL(address);
  console.error(
    `frontdesk.js: no answer from ${origin}. Unless they are there, add ${location.origin} to the form's` +
      ` allowed_origins, and "${origin}" to the connect-src of a Content-Security-Policy.`,
  );
}

// What a visitor is thanked with, sentence by sentence in pieces; `data` is what was sent.
export function thanks({ thanks, about, reach, thanks_next }, data) {
  const told = (said, ...names) => {
    const known = names.flatMap((name) => data.getAll(name)).filter(Boolean).join(", ");
    return [known && said.replace("%", () => known)];
  };
  const sentences = [linked(thanks), told(about, "unit", "rooms"), told(reach, "email", "phone"), linked(thanks_next)];
  return sentences.filter((pieces) => pieces.join(""));
}

// Words of the configuration, which writes a link as config/links.py reads it.
function linked(said) {
  const parts = said.split(/\[([^[\]]*[^[\]\s][^[\]]*)\]\((https?:(?:[^\s()]|\([^\s()]*\))*)\)/i);
  for (let i = parts.length - 2; i > 0; i -= 3) {
    const [text, href] = parts.splice(i - 1, 2);
    parts.splice(i - 1, 0, make("a", { className: "fd-said", href, target: "_blank", rel: "noopener" }, text));
  }
  return parts;
}

// Thanks in the form's own place, which comes back for another enquiry.
export function thank(form, place, texts, data, again) {
  const before = [...own(form, "children")].filter((child) => child !== place);
  const shown = before.map((child) => [child, child.style.getPropertyValue("display"), child.style.getPropertyPriority("display")]);
  const button = make("button", { type: "button", className: "fd-button fd-retry" }, texts.another);
  for (const child of before) child.style.setProperty("display", "none", "important");
  button.onclick = () => {
    for (const [child, ...display] of shown) child.style.setProperty("display", ...display);
    place.replaceChildren();
    again();
  };
  const heading = make("h2", { className: "fd-title" }, texts.heading);
  place.replaceChildren(heading, ...thanks(texts, data).map((said) => make("p", {}, ...said)), button);
  return button.onclick;
}
