// What a visitor typed, read as the server reads it, which has the last word.

// Why the server would refuse an answer, or "".
export function complaint(field) {
  const { fdKind, fdWrong } = field.dataset;
  if (!fdKind) return "";
  // Of a half-typed date a browser gives away no more.
  if (field.validity.badInput) return fdWrong;
  const found = !typed(field) || read(field);
  return found ? found.impossible || "" : fdWrong;
}

// What to show beneath an answer, or "".
export const understood = (field) => read(field).shown || "";

// The value to send.
export const sent = (field) => read(field).sent || field.value;

const read = (field) =>
  READERS[field.dataset.fdKind]?.(typed(field), JSON.parse(field.dataset.fdFacts)) ?? {};

// Digits of other scripts, which the server alone reads, are as good as nothing.
function typed({ value }) {
  const text = value
    .replace(/[\t-\r\x85]/g, " ")
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu, "")
    .replace(/\s+/g, " ")
    .normalize()
    .trim();
  return /(?!\d)\p{Nd}/u.test(text) ? "" : text;
}

const re = (pattern, end = "") => RegExp(`^(?:${pattern})${end}`);

const READERS = {
  // Marks may yet become one with their letters.
  text: (text, limit) => [...text.replace(/\p{M}/gu, "")].length <= limit,

  pattern: (text, pattern) => re(pattern, "$").test(text),

  price(text, { pattern, most, impossible, language, money }) {
    if ([...text].length > 50) return false;
    text = text.normalize("NFKC").replace(/\s+/g, " ").replaceAll("’", "'").toLowerCase().trim();
    const found = re(pattern, "$").exec(text);
    if (!found) return false;
    const amount = +found[1].replace(/\D/g, "");
    if (amount < 1 || amount > most) return { impossible };
    return { sent: `${amount}`, shown: money.replace("%", amount.toLocaleString(language)) };
  },

  // As libphonenumber does it, by what it knows of the form's own country.
  phone(text, { code, abroad, trunk, shape, formats }) {
    if (!/^[\d ()+./\u2010-\u2015-]{1,50}$/.test(text)) return false;
    const plus = /^\D*\+/.test(text);
    const all = text.replace(/\D/g, "");
    let digits = plus ? all : all.replace(re(abroad), "");
    const foreign = plus || digits !== all;
    if (!shape || (foreign && !digits.startsWith(code)))
      return digits.length > (foreign ? 5 : 3) && digits.length < 21;

    const fits = (digits) => re(shape, "$").test(digits);
    const national = (digits) => {
      const rest = digits.replace(re(trunk), "");
      return fits(digits) && !fits(rest) ? digits : rest;
    };
    const own = national(national(digits.replace(re(code), "")));
    digits = foreign || (!fits(digits) && fits(own)) ? own : national(digits);
    if (!fits(digits)) return false;
    const [pattern, format] =
      formats.find(([pattern, , start]) => re(start).test(digits) && re(pattern, "$").test(digits)) ?? [];
    const shown = `+${code} ${format ? digits.replace(re(pattern), format) : digits}`;
    return { shown: shown === text ? "" : shown };
  },
};
