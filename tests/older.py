"""The oldest browsers that docs/form.md promises, as far as today's can play them."""

import re

# What came after Safari 15.0, Chrome 90 or Firefox 90.
NEWER = [
    "AbortSignal.timeout",
    "AbortSignal.any",
    "AbortSignal.prototype.throwIfAborted",
    "CSSStyleSheet",  # as a constructor
    "Document.prototype.adoptedStyleSheets",
    "ShadowRoot.prototype.adoptedStyleSheets",
    "Array.prototype.at",
    "String.prototype.at",
    "Array.prototype.findLast",
    "Array.prototype.findLastIndex",
    "Array.prototype.toSorted",
    "Array.prototype.toReversed",
    "Array.prototype.toSpliced",
    "Array.prototype.with",
    "Array.prototype.group",
    "Array.fromAsync",
    "Object.hasOwn",
    "Object.groupBy",
    "Map.groupBy",
    "Promise.withResolvers",
    "Promise.try",
    "Iterator",
    "Set.prototype.union",
    "Set.prototype.intersection",
    "Set.prototype.difference",
    "String.prototype.isWellFormed",
    "structuredClone",
    "crypto.randomUUID",
    "URL.canParse",
    "URL.parse",
    "navigation",
    "scheduler",
    "navigator.locks",
    "BroadcastChannel",
    "requestIdleCallback",
    "reportError",
    "HTMLDialogElement",
    "HTMLElement.prototype.showPopover",
    "HTMLElement.prototype.inert",
    "HTMLFormElement.prototype.requestSubmit",
    "HTMLInputElement.prototype.showPicker",
    "HTMLScriptElement.supports",
    "Element.prototype.checkVisibility",
    "Element.prototype.setHTMLUnsafe",
    "Document.parseHTMLUnsafe",
    "CSSContainerRule",
    "CSSLayerBlockRule",
    "Intl.supportedValuesOf",
    "Intl.Segmenter",
    "Intl.DurationFormat",
    "Element.prototype.role",
    "ElementInternals",
]

DELETE = f"""
for (const path of {NEWER}) {{
  const names = path.split(".");
  const name = names.pop();
  const owner = names.reduce((owner, name) => owner?.[name], window);
  const none = {{ value: undefined, configurable: true, writable: true }};
  if (owner) Object.defineProperty(owner, name, none);
}}
// Properties that only mirror attributes: whoever sets one there changes no attribute.
for (const name of Object.getOwnPropertyNames(Element.prototype))
  if (/^aria[A-Z]/.test(name)) delete Element.prototype[name];
delete Element.prototype.role;
"""

# The same in what is written; syntax too, which nothing can delete.
WORDS = re.compile(
    r"\.at\(|\.findLast|\.toSorted|\.toReversed|\.toSpliced|hasOwn\(|groupBy|structuredClone|randomUUID"
    r"|canParse|withResolvers|requestSubmit|throwIfAborted|\.aria[A-Z]|\.role\s*=|\.inert\b|showModal"
    r"|showPopover|showPicker|scrollend|import\.meta\.resolve|\bwith\s*\{\s*type"
    r"|\(\?<[=!]|/[a-z]*v[a-z]*[,;)]|static\s*\{|#\w+\s+in\s|^\s*await\s|@layer|@scope|color-mix|light-dark"
    r"|:has\(|:dir\(|\d(?:dvh|svh|lvh|cqw|cqi)\b|^\s*&|\banimation-timeline\b",
    re.MULTILINE,
)
