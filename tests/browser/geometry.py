"""What a page looks like in numbers: what sticks out, what covers what, what is hard to hit."""

from typing import Any

from playwright.sync_api import Frame, Page

# Texts and controls as rectangles. What is for screen readers alone is clipped, and left out.
_LOOK = """() => {
  const unseen = (element) => !element.checkVisibility({ visibilityProperty: true })
    || element.closest(".fd-unseen");
  const rect = ({ left, top, right, bottom }) => ({ left, top, right, bottom });
  const pieces = [];
  const add = (element, box, text) => pieces.push({ element, box, text });

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = texts.nextNode()); ) {
    const element = node.parentElement;
    if (!node.data.trim() || unseen(element) || element.closest("select, textarea")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) add(element, rect(box), node.data.trim());
  }
  const controls = [...document.querySelectorAll("input, select, textarea, button, .fd-chip")]
    .filter((one) => !unseen(one) && one.type !== "hidden" && !one.matches(".fd-chip input"));
  for (const element of controls) add(element, rect(element.getBoundingClientRect()), "");

  const name = ({ element, text }) =>
    text.slice(0, 40) || element.name || element.textContent.trim();
  const slack = 1.5; // px: fractions, and descenders above the ascenders of the next line
  const covers = (a, b) => a.left < b.right - slack && b.left < a.right - slack
    && a.top < b.bottom - slack && b.top < a.bottom - slack;
  const overlaps = [];
  for (const [i, a] of pieces.entries()) for (const b of pieces.slice(i + 1)) {
    if (a.element.contains(b.element) || b.element.contains(a.element)) continue;
    // A currency's symbol stands inside of its field, beside what is typed.
    const beside = [a.element, b.element].find((one) => one.closest(".fd-symbol"));
    if (beside) {
      const [symbol, field] = a.text ? [a, b] : [b, a];
      const { paddingLeft, paddingRight } = getComputedStyle(field.element);
      if (field.box.right - parseFloat(paddingRight) <= symbol.box.left + slack) continue;
      if (field.box.left + parseFloat(paddingLeft) >= symbol.box.right - slack) continue;
    }
    if (covers(a.box, b.box)) overlaps.push(`${name(a)} / ${name(b)}`);
  }

  const width = document.documentElement.clientWidth;
  const outside = pieces
    .filter(({ box }) => box.left < -slack || box.right > width + slack)
    .map(name);
  // Words that are longer than their button or their chip.
  const burst = pieces.filter(({ element, box, text }) => {
    const around = text && element.closest("button, .fd-chip, .fd-summary, .fd-main");
    if (!around) return false;
    const { left, right, top, bottom } = around.getBoundingClientRect();
    return box.left < left - slack || box.right > right + slack
      || box.top < top - slack || box.bottom > bottom + slack;
  }).map(name);

  const touched = controls.map((element) =>
    (element.type === "checkbox" && element.closest("label")) || element);
  const running = (link) => [...link.parentElement.childNodes]
    .some((node) => node !== link && node.nodeType === Node.TEXT_NODE && node.data.trim());
  touched.push(...[...document.querySelectorAll("a")].filter((a) => !unseen(a) && !running(a)));
  const small = touched.map((element) => [element, element.getBoundingClientRect()])
    .filter(([, { width, height }]) => height < 43.99 || width < 43.99)
    .map(([element, { width, height }]) =>
      `${name({ element, text: "" })}: ${width.toFixed(1)} × ${height.toFixed(1)} px`);

  const root = document.documentElement;
  return {
    pieces: pieces.length, overlaps, outside, burst, small,
    aside: root.scrollWidth - root.clientWidth,
  };
}"""


def flaws(page: Page | Frame) -> dict[str, Any]:
    """What is wrong with a page's layout: nothing is an empty dictionary."""
    page.wait_for_load_state()  # with its style
    found: dict[str, Any] = page.evaluate(_LOOK)
    assert found.pop("pieces"), "there is nothing on the page"
    return {what: where for what, where in found.items() if where}
