import { Basket, number, unfinished } from "./basket.js";
import { card } from "./card.js";
import { Choice } from "./modifiers.js";
import { begin } from "./page.js";
import { el, fill, List } from "./parts.js";
import { watch } from "./products.js";
import { t } from "./texts.js";

// shownFor is how long a customer sees the number, unless the next one comes before.
const shownFor = 30000;

begin("kiosk", ["Reserve", "Commit", "ListItems"], async (main, till) => {
  let bell;
  const none = el("p", {}, t("nothing"));
  const thanks = el("section", { class: "panel", "aria-live": "polite", hidden: true });
  const basket = new Basket({ name: "kiosk", prefix: "k", till, title: t("order"), verb: t("pay"), sold: done });
  const list = new List(el("ul", { class: "grid" }), (p) => {
    const choice = new Choice(p);
    const add = el(
      "button",
      {
        type: "button",
        class: "main",
        "aria-label": t("add.one", p.title),
        onclick: () => basket.add(p.id, choice.take()),
      },
      t("add"),
    );
    const c = card(p, el("div", { class: "last actions" }, choice.element, add));
    return {
      element: c.element,
      show: (now) => {
        c.show(now);
        choice.show(now);
        add.disabled = now.gone;
      },
    };
  });
  const shop = el(
    "div",
    { class: "two" },
    el("section", { "aria-label": t("products") }, none, list.element),
    basket.element,
  );

  function done(order) {
    const next = el("button", { type: "button", class: "main", onclick: again }, t("next"));
    fill(
      thanks,
      el("h2", {}, t("thanks")),
      el("p", {}, t("your.number")),
      el("p", { class: "huge", id: "number" }, number(order.id)),
      el("p", { class: "note" }, t("order.held")),
      next,
    );
    shop.hidden = true;
    thanks.hidden = false;
    next.focus();
    clearTimeout(bell);
    bell = setTimeout(again, shownFor);
  }

  function again() {
    clearTimeout(bell);
    thanks.hidden = true;
    shop.hidden = false;
  }

  main.append(thanks, shop);
  await watch("kiosk", till, (products) => {
    none.hidden = products.length > 0;
    list.show(products);
    basket.know(products);
  });
  const before = unfinished("kiosk");
  if (before) await basket.finish(before);
});
