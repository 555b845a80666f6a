import { labelOf } from "./modifiers.js";
import { el, say } from "./parts.js";
import { units } from "./products.js";
import { t } from "./texts.js";

// card is a product as customers see it.
export function card(first, ...actions) {
  const image = el("img", { alt: "", hidden: true }),
    title = el("h2"),
    text = el("p", { class: "note" }),
    price = el("p", { class: "price figure" }),
    extra = el("p", { class: "note" }),
    state = el("p", { class: "state" });
  const element = el("li", { class: "card" }, image, title, text, price, extra, state, ...actions);
  const show = (p) => {
    say(title, p.title);
    say(text, p.text);
    say(price, p.price);
    say(extra, actions.length > 0 ? "" : p.modifiers.map(labelOf).join(", "));
    extra.hidden = !extra.textContent;
    text.hidden = !p.text;
    price.hidden = !p.price;
    if (image.getAttribute("src") !== p.image && p.image) image.src = p.image;
    image.hidden = !p.image;
    const is = p.state === "off_sale" ? "sold_out" : p.state; // customers see that there is none, not why
    say(
      state,
      t(`state.${is}`) + (p.state === "low" && p.available !== null ? `: ${t("left", units(p, p.available))}` : ""),
    );
    state.className = `state ${is}`;
    element.classList.toggle("gone", p.gone);
  };
  show(first);
  return { element, show };
}
