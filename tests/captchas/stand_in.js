// The interface of hCaptcha's and Turnstile's scripts, without what is behind it. What happens is
// `{vendor}.behaviour`:
//   pass       whoever does what is asked of people passes
//   challenge  the same, but invisible widgets want to be solved too
//   error      nobody gets as far as that
//   silent     nothing happens until `{vendor}.tell(what)` is called
//   unsupported  (Turnstile) the browser is too old
(() => {
  const vendor = "@vendor@";
  const here = new URL(document.currentScript.src);
  const turnstile = vendor === "turnstile";
  const sizes = { normal: [303, 78], compact: [164, 144], flexible: ["100%", 65] };
  const widgets = new Map();
  let tokens = 0;

  const call = (widget, name, ...args) => widget.options[name]?.(...args);

  function pass(widget) {
    widget.response = `${vendor}-${++tokens}-${Math.random()}`;
    if (widget.field) widget.field.value = widget.response;
    if (widget.overlay) widget.frame.hidden = true;
    if (turnstile && widget.asking) call(widget, "after-interactive-callback");
    widget.asking = false;
    call(widget, "callback", widget.response, "key");
    window.passes = (window.passes ?? 0) + 1;
  }

  function fail(widget, code) {
    widget.response = "";
    call(widget, "error-callback", code);
  }

  function closed(widget) {
    if (!widget.overlay) return;
    widget.frame.hidden = true;
    call(widget, "close-callback");
  }

  // What runs by itself: Turnstile once it is shown, an invisible hCaptcha once it is executed.
  function run(widget) {
    const happens = {
      pass: () => pass(widget),
      challenge() {
        widget.frame.hidden = false;
        widget.asking = true;
        call(widget, turnstile ? "before-interactive-callback" : "open-callback");
      },
      error: () => fail(widget, turnstile ? "300030" : "network-error"),
      silent() {},
      unsupported: () => call(widget, "unsupported-callback"),
    };
    setTimeout(happens[api.behaviour]);
  }

  function expire(widget) {
    widget.response = "";
    if (widget.field) widget.field.value = "";
    call(widget, "expired-callback");
    if (turnstile) run(widget);
  }

  const api = {
    behaviour: "@behaviour@",
    render(place, options) {
      const id = `${vendor}-widget-${widgets.size}`;
      const invisible = options.size === "invisible" || options.appearance === "interaction-only";
      const frame = document.createElement("iframe");
      const known = { id, theme: options.theme, language: options.hl ?? options.language };
      frame.src = `${here.origin}/${vendor}/widget?${new URLSearchParams(known)}`;
      frame.title = `${vendor} widget`;
      frame.style.border = "0";
      [frame.width, frame.height] = sizes[options.size] ?? sizes.normal;
      frame.hidden = invisible;
      const widget = { place, options, frame, response: "", overlay: options.size === "invisible" };
      if (widget.overlay) frame.style.cssText = "position: fixed; inset: 10%; z-index: 9; background: white";
      (widget.overlay ? document.body : place).append(frame);
      if (options["response-field"] !== false) {
        widget.field = document.createElement("textarea");
        widget.field.name = turnstile ? "cf-turnstile-response" : "h-captcha-response";
        widget.field.hidden = true;
        place.append(widget.field);
      }
      widgets.set(id, widget);
      if (turnstile) run(widget);
      return id;
    },
    execute(id) {
      run(widgets.get(id));
    },
    reset(id) {
      const widget = widgets.get(id);
      widget.response = "";
      if (widget.field) widget.field.value = "";
      widget.frame.src = widget.frame.src;
      if (turnstile) run(widget);
    },
    getResponse: (id) => widgets.get(id).response,
    remove(id) {
      widgets.get(id).frame.remove();
      widgets.delete(id);
    },
    // For tests: what happens to every widget of the page.
    tell(what) {
      const happens = { pass, expire, closed, fail: (widget) => fail(widget, "network-error") };
      for (const widget of widgets.values()) happens[what](widget);
    },
  };

  addEventListener("message", ({ origin, data }) => {
    if (origin !== here.origin || data.standIn !== vendor) return;
    ({ pass, closed })[data.what](widgets.get(data.id));
  });

  window[vendor] = api;
  setTimeout(() => window[here.searchParams.get("onload")]());
})();
