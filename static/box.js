// A captcha's corner of the form: what it says, a way to try again, and whom to ask instead.

import { make } from "./browser.js";

export const refusal = () => Object.assign(new Error("captcha"), { code: "captcha" });

export function furnish(box, { texts, contact, notice = [] }) {
  const status = make("p", { className: "fd-status", tabIndex: -1 });
  status.setAttribute("role", "status");
  const retry = make("button", { className: "fd-button fd-retry", type: "button", hidden: true }, texts.retry);
  box.replaceChildren(status, retry);
  const pieces = notice.map((piece) => (piece.href ? link(piece) : piece));
  if (pieces.length) box.prepend(make("p", { className: "fd-hint" }, ...pieces));

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

function link({ text, href, hint }) {
  const made = make("a", { className: "fd-link", href }, text);
  if (hint) {
    made.target = "_blank";
    made.rel = "noopener";
    made.append(make("span", { className: "fd-unseen" }, ` ${hint}`));
  }
  return made;
}
