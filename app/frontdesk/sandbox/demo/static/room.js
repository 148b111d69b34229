// What became of the enquiries that were sent: asked for every second, and said below the windows.
"use strict";

const list = document.getElementById("news");
let known = "";

function itemFor({ state, said, command, page }) {
  const item = document.createElement("li");
  item.className = state;
  item.textContent = said;
  if (command) {
    const code = document.createElement("code");
    code.textContent = command;
    item.append(" ", code);
  }
  if (page) {
    const link = document.createElement("a");
    link.textContent = "correct it and send it again";
    link.href = page;
    link.target = "_blank";
    link.rel = "noopener";
    item.append(" ", link, ".");
  }
  return item;
}

async function refresh() {
  try {
    const answer = await fetch("news", { cache: "no-store" });
    const text = answer.ok ? await answer.text() : "[]";
    const items = JSON.parse(text);
    if (text !== known && items.length) {
      known = text; // a screen reader hears changes only
      list.replaceChildren(...items.map(itemFor));
    }
  } catch {
    // The demo was stopped; what was said last stays.
  }
  setTimeout(refresh, 1000);
}

refresh();
