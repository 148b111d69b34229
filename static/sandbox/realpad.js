// The inbox of Sandbox CRM: asks for the leads every second and shows them, newest first.
// What a lead says is only ever written as text, never as markup.
"use strict";

const source = document.body.dataset.leads;
const list = document.getElementById("leads");
const template = document.getElementById("lead");
const shown = new Map(); // inquiry id -> its list item
let first = true;

function describe(terms, name, value) {
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  text.textContent = value || "(empty)";
  text.classList.toggle("nothing", !value);
  terms.append(term, text);
}

function itemFor(lead, known) {
  const item = template.content.firstElementChild.cloneNode(true);
  const { name, surname } = lead.parameters;
  const at = new Date(lead.at);
  item.querySelector("h3").textContent = `${name} ${surname}`;
  item.querySelector(".initials").textContent = [name, surname]
    .map((part) => [...part.trim()][0])
    .join("")
    .toUpperCase();
  item.querySelector("time").dateTime = lead.at;
  item.querySelector("time").textContent = at.toLocaleTimeString();
  item.querySelector("time").title = at.toLocaleString();
  item.querySelector(".numbers").textContent =
    `Inquiry ${lead.inquiry_id} · Customer ${lead.customer_id}${known ? " · known before" : ""}`;
  const terms = item.querySelector("dl");
  Object.entries(lead.parameters).forEach(([key, value]) => describe(terms, key, value));
  item.classList.toggle("new", !first);
  return item;
}

function show(leads) {
  const current = new Set(leads.map((lead) => lead.inquiry_id));
  for (const [id, item] of shown) {
    if (!current.has(id)) {
      item.remove();
      shown.delete(id);
    }
  }
  const customers = new Set();
  for (const lead of leads) {
    if (!shown.has(lead.inquiry_id)) {
      const item = itemFor(lead, customers.has(lead.customer_id));
      shown.set(lead.inquiry_id, item);
      list.prepend(item);
    }
    customers.add(lead.customer_id);
  }
  document.getElementById("count").textContent = leads.length;
  document.getElementById("empty").hidden = leads.length > 0;
  first = false;
}

function report(text, live) {
  const state = document.getElementById("state");
  if (state.textContent !== text) state.textContent = text; // a screen reader hears changes only
  state.classList.toggle("live", live);
}

async function refresh() {
  try {
    const response = await fetch(source, { cache: "no-store" });
    if (!response.ok) throw new Error(response.statusText);
    show(await response.json());
    report("Live", true);
  } catch {
    report("Not reachable, trying again…", false);
  }
  setTimeout(refresh, 1000);
}

refresh();
