// The inbox of a sandbox CRM: asks for the leads every second and shows them, newest first.
// What a lead says is only ever written as text, never as markup.
"use strict";

const source = document.body.dataset.leads;
const list = document.getElementById("leads");
const template = document.getElementById("lead");
const shown = new Map(); // what is the same as long as a lead is -> its list item
let first = true;

function describe(terms, name, value) {
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  text.textContent = value || "(empty)";
  text.classList.toggle("nothing", !value);
  terms.append(term, text);
}

// An inquiry of Realpad, or a lead of another CRM: `id`, `at`, `fields`, and what else there is of it.
function read(lead, customers) {
  if (lead.parameters) {
    const known = customers.has(lead.customer_id);
    customers.add(lead.customer_id);
    return {
      key: lead.inquiry_id,
      names: [lead.parameters.name, lead.parameters.surname],
      numbers: `Inquiry ${lead.inquiry_id} · Customer ${lead.customer_id}${known ? " · known before" : ""}`,
      entries: Object.entries(lead.parameters),
    };
  }
  const { name = "", first_name = name, last_name = "", email, phone } = lead.fields;
  const known = first_name || last_name || email || phone;
  return {
    key: `${lead.id} ${lead.requests}`,
    names: known ? [first_name, last_name] : ["Potential", "seller"],
    numbers: `Lead ${lead.id}${lead.requests > 1 ? " · changed" : ""}`,
    entries: [
      ...Object.entries(lead.fields).map(([key, value]) => [key, String(value)]),
      ...(lead.activities ?? []).map(({ type, description, user, property }) => [
        type,
        [description, user && `user ${user.id}`, property && JSON.stringify(property)].filter(Boolean).join("\n"),
      ]),
    ],
  };
}

function itemFor(lead, { names, numbers, entries }) {
  const item = template.content.firstElementChild.cloneNode(true);
  const at = new Date(lead.at);
  item.querySelector("h3").textContent = names.join(" ");
  item.querySelector(".initials").textContent = names
    .map((part) => [...part.trim()][0])
    .join("")
    .toUpperCase();
  item.querySelector("time").dateTime = lead.at;
  item.querySelector("time").textContent = at.toLocaleTimeString();
  item.querySelector("time").title = at.toLocaleString();
  item.querySelector(".numbers").textContent = numbers;
  const terms = item.querySelector("dl");
  entries.forEach(([key, value]) => describe(terms, key, value));
  item.classList.toggle("new", !first);
  return item;
}

function show(leads) {
  const customers = new Set();
  const facts = leads.map((lead) => read(lead, customers));
  const current = new Set(facts.map(({ key }) => key));
  for (const [id, item] of shown) {
    if (!current.has(id)) {
      item.remove();
      shown.delete(id);
    }
  }
  leads.forEach((lead, index) => {
    const { key } = facts[index];
    if (!shown.has(key)) {
      const item = itemFor(lead, facts[index]);
      shown.set(key, item);
      list.prepend(item);
    }
  });
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
