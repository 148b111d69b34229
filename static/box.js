// A captcha's corner of the form: what it says, a way to try again, and whom to ask instead.

import { own } from "./browser.js";

export const refusal = () => Object.assign(new Error("captcha"), { code: "captcha" });

export function furnish(box, { texts, contact, notice = [] }) {
  const status = make("p", "fd-status");
  status.setAttribute("role", "status");
  status.tabIndex = -1;
  const retry = make("button", "fd-button fd-retry", texts.retry);
  retry.type = "button";
  retry.hidden = true;
  box.replaceChildren(status, retry);
  if (notice.length) {
    const small = make("p", "fd-hint");
    small.append(...notice.map((piece) => (piece.href ? link(piece) : piece)));
    box.prepend(small);
  }

  let said = "";

  // `failed` also names the contact; `again` offers the button.
  function say(text, failed = false, again = failed) {
    if (said !== text) {
      status.textContent = said = text;
      if (failed && contact) status.append(` ${texts.contact} `, link(contact));
    }
    const focused = document.activeElement === retry;
    retry.hidden = !again;
    status.classList.toggle("fd-failed", again);
    if (focused && !again) status.focus(); // rather than have the focus thrown away
  }

  return { say, retry, done: () => say(said && texts.done) };
}

function make(tag, className, text = "") {
  const made = own(document, "createElement").call(document, tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function link({ text, href, hint }) {
  const made = make("a", "fd-link", text);
  made.href = href;
  if (hint) {
    made.target = "_blank";
    made.rel = "noopener";
    made.append(make("span", "fd-unseen", ` ${hint}`));
  }
  return made;
}
