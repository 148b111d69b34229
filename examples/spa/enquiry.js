// The app's own form, sent by Frontdesk; see docs/own-form.md.

import { fill, show } from "./page.js";

// Gives back what the form is to be left with.
export function prepare(section, unit) {
  const form = section.querySelector("form");
  form.elements.unit.value = unit;
  let leave = () => {};
  import("https://leads.example.com/frontdesk.js").then(
    ({ enhance }) => (leave = enhance(form)),
    () => {
      form.hidden = true;
      section.querySelector(".down").hidden = false;
    },
  );
  form.addEventListener("frontdesk:submitted", (event) => {
    event.preventDefault(); // we thank by ourselves
    show(section, fill("thanks", { unit, name: form.elements.first_name.value }));
  });
  return () => leave();
}
