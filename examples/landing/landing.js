// Whoever points at a flat asks about that one. What was typed into the form stays.

const enquiry = document.querySelector("frontdesk-form");
const flats = document.querySelectorAll("[data-unit]");

for (const flat of flats) {
  flat.addEventListener("click", () => {
    enquiry.setAttribute("unit", flat.dataset.unit);
    for (const other of flats) other.ariaPressed = String(other === flat);
    document.querySelector("#coming").scrollIntoView();
  });
}
