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

// Whether there is an answer: something that can be seen.
export const answered = (field) =>
  field.validity.badInput || (field.dataset.fdKind ? !!typed(field) : !field.validity.valueMissing);

// What to show beneath an answer, or "".
export const understood = (field) => read(field).shown || "";

// The value to send.
export const sent = (field) => read(field).sent || field.value;

const read = (field) =>
  READERS[field.dataset.fdKind]?.(typed(field), JSON.parse(field.dataset.fdFacts), field.value) ?? {};

// What a character is worth: intake/text.py has the same rules.
function typed({ value }) {
  const text = value
    .replace(/[\p{Cf}\p{Cs}\u{e0000}-\u{e00ff}]/gu, "")
    .replace(/[\s\x85\u2800\u3164\uffa0]+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .normalize()
    .trim();
  return /(?![\u115f\u1160\ufffc\ufffd\u{1d159}])[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? text : "";
}

const plain = (text) =>
  text
    .replace(/\p{DI}/gu, "")
    .replace(/[\uff01-\uff5e]/g, (wide) => wide.normalize("NFKC"))
    .replace(/[\p{Pd}\u2212]/gu, "-");

// Exponents and fractions are no digits: 8² is not 82.
const figures = (text) =>
  plain(text.replace(/\P{No}+/gu, (part) => part.normalize("NFKC")))
    .replace(/\p{Nd}/gu, digit)
    .replace(/\s+/g, " ")
    .trim();

// Digits of each script stand in a row, from zero to nine.
function digit(character) {
  const code = character.codePointAt();
  let place = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - place - 1))) place++;
  return place % 10;
}

const re = (pattern, end = "") => RegExp(`^(?:${pattern})${end}`);

const READERS = {
  text: (_, limit, value) => value.trim().length <= limit,

  email: (text, pattern) => re(pattern, "$").test(plain(text)),

  // Of a number or a date, with bounds or without.
  pattern(text, [pattern, least, most, impossible]) {
    text = figures(text);
    const value = text.includes("-") ? text : +text.replace(",", ".");
    return re(pattern, "$").test(text) && (value < least || value > most ? { impossible } : {});
  },

  price(text, { pattern, own, most, impossible, language, money }) {
    text = figures(text);
    if ([...text].length > 50) return false;
    text = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ł", "l");
    const ours = (word) =>
      own.split(" ").some((name) => name === word || (name.endsWith("*") && word.startsWith(name.slice(0, -1))));
    const found = (text.match(/[^\d\s.,'’-][^\d\s.,'’]*/g) ?? []).every(ours) && re(pattern, "$").exec(text);
    if (!found) return false;
    const amount = +found[1].replace(/\D/g, "");
    if (amount < 1 || amount > most) return { impossible };
    return { sent: `${amount}`, shown: money.replace("%", amount.toLocaleString(language)) };
  },

  // As libphonenumber does it, by what it knows of the form's own country.
  phone(text, { label, extension, zero, beside, code, abroad, trunk, shape, formats }) {
    text = figures(text);
    if ([...text].length > 50) return false;
    const bare = text.replace(RegExp("^" + label, "u"), "");
    const [end, inner] = RegExp(extension + "$", "iu").exec(bare) ?? [""];
    const number = bare.slice(0, bare.length - end.length).replace(re(zero), "+$&");
    if (/[,;|]|\d\)?[ /]*\+/.test(number)) return {}; // perhaps two of them
    if (!/^[\d ()+./-]+$/.test(number)) return false;
    const plus = /^\D*\+/.test(number);
    const all = number.replace(/\D/g, "");
    let digits = plus ? all : all.replace(re(abroad), "");
    const foreign = plus || digits !== all;
    if (!shape || (foreign && !digits.startsWith(code)))
      return digits.length > (foreign ? 5 : 3) && digits.length < 21;

    const fits = (digits) => re(shape, "$").test(digits);
    const national = (digits) => {
      const rest = digits.replace(re(trunk), "");
      return fits(digits) && !fits(rest) ? digits : rest;
    };
    const parts = number.split("/").map((part) => part.replace(/\D/g, ""));
    if (/\d *\/ *(-\d{1,4}|\d\d?)$/.test(number)) return {};
    if (parts[1] && parts.every((part) => fits(national(part)))) return {};
    const own = national(national(digits.replace(re(code), "")));
    const home = national(digits);
    const coded = all.startsWith(code) && fits(own);
    if (!foreign && coded && fits(home) && home !== own) return {}; // one of the two
    digits = foreign || (coded && !fits(home)) ? own : home;
    if (!fits(digits)) return !trunk && /^\+[\d ./-]+\(0\)/.test(number) && {}; // a zero of habit, perhaps
    const [pattern, format] =
      formats.find(([pattern, , start]) => re(start).test(digits) && re(pattern, "$").test(digits)) ?? [];
    let shown = `+${code} ${format ? digits.replace(re(pattern), format) : digits}`;
    if (inner) shown += `, ${beside} ${inner}`;
    return { shown: shown === text ? "" : shown };
  },
};
