// What was typed so far, kept where the tab keeps its history: it survives a reload and a way back,
// and it is gone with the tab. Nothing is stored.

const PAUSE = 300; // ms; browsers limit how often the history may be written to

// Gives back what was kept, and keeps every change from now on. The key is that of the enquiry: sent
// again after a way back, it is the same one.
export function keep(form, name, fresh) {
  const kept = history.state?.frontdesk?.[name] ?? { key: fresh, answers: null };
  if (kept.answers) restore(form, kept.answers);
  let timer;
  const save = () => {
    const frontdesk = { ...history.state?.frontdesk, [name]: { key: kept.key, answers: answers(form) } };
    history.replaceState({ ...history.state, frontdesk }, "");
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("frontdesk:keep", save); // now: the page is about to be loaded anew
  return { key: kept.key, save };
}

const typed = (form) => [...form.elements].filter((field) => field.name && field.type !== "hidden");

const answers = (form) => typed(form).map((field) => (field.type === "checkbox" ? field.checked : field.value));

function restore(form, values) {
  for (const [index, field] of typed(form).entries()) {
    if (field.type === "checkbox") field.checked = values[index] === true;
    else if (typeof values[index] === "string") field.value = values[index];
  }
}
