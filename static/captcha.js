// A form's captcha, whatever its kind: its module is loaded with the page, and again if that failed.

const none = { begin() {}, answer: async () => "", forget() {} };

// `facts`: what the server says of the captcha; `url`: the form's address. What comes back has the
// captcha's own begin(), answer() and forget(), and the `field` that the answer belongs in.
export function mount(box, facts, url) {
  const { provider, field, module } = facts;
  if (!module) return { provider, field, ...none };
  let tries = 0;
  let loading;

  function load() {
    loading ??= import(`./${module}${tries ? `?${tries}` : ""}`).then(
      (captcha) => captcha.mount(box, facts, url),
      () => {
        loading = undefined;
        tries += 1; // browsers may remember an address that failed
        throw Object.assign(new Error(module), { code: "network" });
      },
    );
    return loading;
  }
  const quietly = (what) => load().then(what, () => {});
  quietly(() => {});
  return {
    provider,
    field,
    begin: () => quietly((captcha) => captcha.begin()),
    answer: async () => (await load()).answer(),
    forget: () => quietly((captcha) => captcha.forget()),
  };
}
