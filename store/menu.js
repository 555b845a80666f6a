import { card } from "./card.js";
import { begin } from "./page.js";
import { el, List } from "./parts.js";
import { watch } from "./products.js";
import { t } from "./texts.js";

begin("menu", ["ListItems", "WatchItems"], async (main, till) => {
  const none = el("p", {}, t("nothing"));
  const list = new List(el("ul", { class: "grid" }), (p) => card(p));
  main.append(none, list.element);
  await watch("menu", till, (products) => {
    none.hidden = products.length > 0;
    list.show(products);
  });
});
