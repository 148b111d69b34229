// What a <frontdesk-form> says where its form does not come: to the visitor, and in the console. The
// words that no server is needed for.

import { make, own } from "./browser.js";

const WORDS = {
  cs: ["Formulář tu nelze zobrazit.", "Otevřít formulář na nové kartě", "Odeslat se to nepodařilo. Zkuste to prosím znovu."],
  de: ["Das Formular kann hier nicht angezeigt werden.", "Formular in neuem Tab öffnen", "Das konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal."],
  en: ["The form cannot be shown here.", "Open the form in a new tab", "This could not be sent. Please try again."],
  hu: ["Az űrlap itt nem jeleníthető meg.", "Űrlap megnyitása új lapon", "Ezt nem sikerült elküldeni. Kérjük, próbálja újra."],
  pl: ["Nie można tu wyświetlić formularza.", "Otwórz formularz w nowej karcie", "Nie udało się tego wysłać. Proszę spróbować ponownie."],
  sk: ["Formulár tu nemožno zobraziť.", "Otvoriť formulár na novej karte", "Odoslať sa to nepodarilo. Skúste to prosím znova."],
  uk: ["Форму не можна тут показати.", "Відкрити форму в новій вкладці", "Не вдалося це надіслати. Спробуйте, будь ласка, ще раз."],
};

export const words = (lang = "") => WORDS[lang.slice(0, 2)] ?? WORDS.en;

// `place` holds a link to the form's page; `code` is that of the event.
export async function say(place, code, lang) {
  const link = place.firstChild;
  const [message, open] = words(lang);
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
    const probe = make("iframe", { hidden: true });
    const found = (answer) => {
      removeEventListener("securitypolicyviolation", hear);
      probe.remove();
      tell(answer);
    };
    const hear = ({ effectiveDirective, disposition }) =>
      effectiveDirective === "frame-src" && disposition === "enforce" && found(true);
    addEventListener("securitypolicyviolation", hear);
    probe.onload = () => setTimeout(found, 100, false); // the violation may be told after it
    setTimeout(found, 5e3, false);
    probe.src = address;
    own(document, "documentElement").append(probe);
  });
}
