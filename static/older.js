// What the oldest browsers lack in which the form works (docs/form.md names them), in one place.

// A signal that says after so many milliseconds that it has taken too long.
export function timeLimit(ms) {
  if (AbortSignal.timeout) return AbortSignal.timeout(ms); // since Safari 16, Chrome 103, Firefox 100
  const limit = new AbortController();
  setTimeout(() => limit.abort(), ms);
  return limit.signal;
}

// Sets or removes aria-…; the properties of that kind came with Firefox 119.
export function aria(element, name, value) {
  if (value) element.setAttribute(`aria-${name}`, value);
  else element.removeAttribute(`aria-${name}`);
}
