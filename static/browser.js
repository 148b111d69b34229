// What is not to be relied on in a browser, in one place: what the oldest lack in which the form works
// (docs/form.md names them), and what the names on a page may hide.

// A signal that says after so many milliseconds that it has taken too long.
export function timeLimit(ms) {
  if (AbortSignal.timeout) return AbortSignal.timeout(ms); // since Safari 16, Chrome 103, Firefox 100
  const limit = new AbortController();
  setTimeout(() => limit.abort(), ms);
  return limit.signal;
}

// Sets or removes aria-…; the properties of that kind came with Firefox 119.
export function aria(element, name, value) {
  const change = own(element, value ? "setAttribute" : "removeAttribute");
  change.call(element, `aria-${name}`, value);
}

// A property that is the object's own: <img name="title"> hides the document's, <input name="action">
// the form's.
export const own = (object, name) => Reflect.get(Object.getPrototypeOf(object), name, object);

export function make(tag, facts, ...inside) {
  const made = Object.assign(own(document, "createElement").call(document, tag), facts);
  made.append(...inside);
  return made;
}
