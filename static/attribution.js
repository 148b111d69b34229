// Inside a <frontdesk-form attribution>: takes what conversions.js hands on from the page around.
// Only pages of allowed origins can be around: see frame-ancestors.

addEventListener("message", ({ source, data }) => {
  if (source !== parent || parent === window || data?.frontdesk !== "attribution") return;
  const text = `${data.text}`;
  for (const form of document.querySelectorAll("[data-fd-form]")) {
    let field = form.elements.attribution;
    if (!field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = "attribution";
      form.append(field);
    }
    field.value = text;
  }
  // For when the form is loaded anew, in another language.
  const address = new URL(location);
  address.searchParams.set("attribution", text);
  history.replaceState(history.state, "", address);
});
