// What a <frontdesk-form> says where its form does not come: to the visitor, and in the console.

const WORDS = {
  cs: ["Formulář tu nelze zobrazit.", "Otevřít formulář na nové kartě"],
  de: ["Das Formular kann hier nicht angezeigt werden.", "Formular in neuem Tab öffnen"],
  en: ["The form cannot be shown here.", "Open the form in a new tab"],
  hu: ["Az űrlap itt nem jeleníthető meg.", "Űrlap megnyitása új lapon"],
  pl: ["Nie można tu wyświetlić formularza.", "Otwórz formularz w nowej karcie"],
  sk: ["Formulár tu nemožno zobraziť.", "Otvoriť formulár na novej karte"],
  uk: ["Форму не можна тут показати.", "Відкрити форму в новій вкладці"],
};

// `place` holds a link to the form's page; `code` is that of the event.
export async function say(place, code, lang) {
  const link = place.firstChild;
  const [message, open] = WORDS[lang.slice(0, 2)] ?? WORDS.en;
  link.textContent = open;
  place.prepend(message, " ");
  if (code === "404") link.remove(); // it leads to nothing
  console.error(`<frontdesk-form>: ${await cause(link.href, code)}`);
}

async function cause(address, code) {
  const { origin } = new URL(address);
  if (code === "404") return `there is no form of this name at ${origin}: see [forms.…] in frontdesk.toml.`;
  if (await forbidden(address)) return `this page's Content-Security-Policy needs "frame-src ${origin}".`;
  return `${origin} did not answer: add ${location.origin} to the form's allowed_origins, unless it is there.`;
}

// Whether it is the page's own policy that keeps the form away: found out by trying once more.
function forbidden(address) {
  return new Promise((tell) => {
    const own = (name) => Reflect.get(Document.prototype, name, document);
    const probe = own("createElement").call(document, "iframe");
    const found = (answer) => {
      removeEventListener("securitypolicyviolation", hear);
      probe.remove();
      tell(answer);
    };
    const hear = ({ effectiveDirective, disposition }) =>
      effectiveDirective === "frame-src" && disposition === "enforce" && found(true);
    addEventListener("securitypolicyviolation", hear);
    probe.hidden = true;
    probe.onload = () => setTimeout(found, 100, false); // the violation may be told after it
    setTimeout(found, 5e3, false);
    probe.src = address;
    own("documentElement").append(probe);
  });
}
