// The visitor's form: what is missing is said at once, it is sent once, and the focus goes where
// the news is. Everything works without this file too, a little less smoothly.

for (const form of document.querySelectorAll("form[data-fd-form]")) mount(form);
document.querySelector("[data-fd-focus]")?.focus();

function mount(form) {
  const button = form.querySelector("[type=submit]");
  const live = form.querySelector("[data-fd-live]");
  const label = button.textContent;

  function busy(sending) {
    const text = sending ? form.dataset.fdSending : "";
    // Not `disabled`, which would throw the focus away.
    button.ariaDisabled = String(sending);
    button.textContent = text || label;
    live.textContent = text;
  }
  const isBusy = () => button.ariaDisabled === "true";
  // For those who look on, like frame.js.
  const fail = (code) => form.dispatchEvent(new CustomEvent("frontdesk:error", { detail: { code } }));

  // The browser's own bubbles speak the browser's language, one field at a time.
  form.noValidate = true;
  form.addEventListener("input", ({ target }) => {
    for (const field of form.elements) {
      const concerned = field === target || field.dataset.fdEither === target.name;
      if (concerned && field.ariaInvalid === "true" && !missing(field)) complain(field, "");
    }
  });

  form.addEventListener("submit", async (event) => {
    const gaps = [...form.elements].filter(missing);
    if (isBusy() || gaps.length) event.preventDefault();
    for (const field of gaps) complain(field, field.dataset.fdRequired);
    gaps[0]?.focus();
    if (gaps.length) fail("fields");
    if (event.defaultPrevented) return;

    // Captchas answer this event with a promise of what has to be done before sending.
    const promises = [];
    const detail = { until: (promise) => promises.push(promise) };
    busy(true);
    form.dispatchEvent(new CustomEvent("frontdesk:check", { detail }));
    if (!promises.length) return;
    event.preventDefault();
    try {
      await Promise.all(promises);
      HTMLFormElement.prototype.submit.call(form);
    } catch {
      busy(false);
      fail("captcha");
    }
  });

  // Back from the next page, the browser may show this one as it was left.
  addEventListener("pageshow", ({ persisted }) => persisted && busy(false));
}

function missing(field) {
  const { fdRequired, fdEither } = field.dataset;
  if (fdEither) return !field.value && !field.form.elements[fdEither].value;
  return fdRequired && field.validity.valueMissing;
}

function complain(field, message) {
  field.ariaInvalid = message ? "true" : null;
  document.getElementById(`${field.id}-error`).textContent = message;
}
