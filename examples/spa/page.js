// Templates of index.html, filled in.

const czk = new Intl.NumberFormat("en", { style: "currency", currency: "CZK", maximumFractionDigits: 0 });

// Each text goes where data-put names it.
export function fill(id, texts) {
  const made = document.getElementById(id).content.cloneNode(true);
  for (const place of made.querySelectorAll("[data-put]")) place.textContent = texts[place.dataset.put];
  return made;
}

export function fillFlat(id, { unit, rooms, area, floor, price }) {
  const made = fill(id, { unit, floor, facts: `${rooms}, ${area} m²`, price: czk.format(price) });
  made.querySelector("img").src = `plans/${rooms[0]}.svg`;
  return made;
}

// Takes the keyboard's and the screen reader's user along.
export function show(place, made) {
  place.replaceChildren(made);
  const heading = place.querySelector("[tabindex]");
  document.title = `${heading.textContent} – Riverside Residences`;
  heading.focus();
}
