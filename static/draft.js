// What was typed so far, kept where the tab keeps its history: it survives a reload and a way back,
// and it is gone with the tab. Nothing is stored.

const PAUSE = 300; // ms; browsers limit how often the history may be written to

// Gives back what was kept, and keeps every change from now on. The key is that of the enquiry: sent
// again after a way back, it is the same one.
export function keep(form, name, fresh) {
  const kept = history.state?.frontdesk?.[name];
  const key = /^[\d-]+$/.test(kept?.key) ? kept.key : fresh;
  if (kept?.answers) restore(form, kept.answers);
  let timer;
  const save = () => {
    const { state } = history;
    // A host's page may keep something of its own there that is not to be touched.
    if (state && Object.getPrototypeOf(state) !== Object.prototype) return;
    const frontdesk = { ...state?.frontdesk, [name]: { key: draft.key, answers: answers(form) } };
    history.replaceState({ ...state, frontdesk }, "");
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("frontdesk:keep", save); // now: the page is about to be loaded anew
  const draft = { key, save };
  return draft;
}

const typed = (form) => [...form.elements].filter((field) => field.name && field.type !== "hidden");

// A consent is given to its wording: to another one it is not given yet.
function identity({ name, type, value, labels }) {
  if (type !== "checkbox") return name;
  return `${name}=${name.startsWith("consent_") ? labels[0].textContent : value}`;
}

const answers = (form) =>
  Object.fromEntries(typed(form).map((field) => [identity(field), field.type === "checkbox" ? field.checked : field.value]));

function restore(form, kept) {
  for (const field of typed(form)) {
    const answer = kept[identity(field)];
    if (field.type === "checkbox") field.checked = answer === true;
    else if (typeof answer === "string") field.value = answer;
  }
}
