// The flat finder: a list, and one flat with its form. The address has the flat in its query, so that
// any server of files will do, and so that the enquiry says which page it came from.

import { flats } from "./flats.js";
import { fill, fillFlat, show } from "./page.js";
import { prepare } from "./enquiry.js";

const main = document.querySelector("main");
let leave = () => {};

// What else is in the address stays there: utm_campaign goes along with the enquiry.
function addressOf(unit) {
  const url = new URL(location);
  if (unit) url.searchParams.set("flat", unit);
  else url.searchParams.delete("flat");
  return url.pathname + (url.search || "?");
}

function route() {
  leave();
  const unit = new URLSearchParams(location.search).get("flat");
  const flat = flats.find((flat) => flat.unit === unit);
  if (flat) {
    show(main, fillFlat("flat", flat));
    leave = prepare(main.querySelector(".enquiry"), unit);
  } else {
    const list = fill("list", {});
    list.querySelector("ul").append(...flats.map(card));
    show(main, list);
    leave = () => {};
  }
}

function card(flat) {
  const made = fillFlat("card", flat);
  made.querySelector("a").href = addressOf(flat.unit);
  return made;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="?"], a.card');
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState(null, "", addressOf(new URL(link.href).searchParams.get("flat")));
  scrollTo(0, 0);
  route();
});
addEventListener("popstate", route);
route();
