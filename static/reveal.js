// Lets a field be seen whole that just got the focus: with its label, and with what is wrong. Left to
// themselves, some browsers show no more of it than the caret, and some go back to where the caret was.

const behavior = "instant"; // whatever the page's style says: one movement follows the other

export function reveal(field, ...pieces) {
  const seen = new IntersectionObserver((entries) => {
    seen.disconnect();
    if (entries.every(({ intersectionRatio }) => intersectionRatio > 0.99)) return;
    field.scrollIntoView({ block: "center", behavior });
    for (const piece of pieces) piece.scrollIntoView({ block: "nearest", behavior });
    field.dispatchEvent(new Event("frontdesk:hidden", { bubbles: true })); // for frame.js
  });
  for (const piece of [field, ...pieces]) seen.observe(piece);
}
