// Lets a field be seen whole that just got the focus: with its label, and with what is wrong. Left to
// themselves, some browsers show no more of it than the caret, and some go back to where the caret was.

import { own } from "./browser.js";

const behavior = "instant"; // whatever the page's style says: one movement follows the other

export function reveal(field, pieces = around(field)) {
  const seen = new IntersectionObserver((entries) => {
    seen.disconnect();
    if (entries.every(({ intersectionRatio }) => intersectionRatio > 0.99)) return;
    // In a frame it is the page around that scrolls: see frame.js.
    if (!field.dispatchEvent(new Event("frontdesk:hidden", { bubbles: true, cancelable: true }))) return;
    field.scrollIntoView({ block: "center", behavior });
    for (const piece of pieces) piece.scrollIntoView({ block: "nearest", behavior });
  });
  for (const piece of [field, ...pieces]) seen.observe(piece);
}

// On a page that is not ours they may stand anywhere.
function around(field) {
  const ids = (field.getAttribute("aria-describedby") ?? "").split(" ");
  const root = field.getRootNode();
  const described = ids.map((id) => own(root, "getElementById").call(root, id));
  return [...described, field.labels?.[0]].filter(Boolean);
}
