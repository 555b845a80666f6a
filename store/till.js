import { drawn, get, Refused, write } from "./ask.js";
import { Basket, number, unfinished } from "./basket.js";
import { devices } from "./devices.js";
import { Choice } from "./modifiers.js";
import { online } from "./online.js";
import { begin } from "./page.js";
import { el, fill, List, press, say } from "./parts.js";
import { smallest, units, watch } from "./products.js";
import { t } from "./texts.js";

// lookEvery is how often the line is asked for.
const lookEvery = 2000;

begin("till", ["ListItems", "WatchItems"], async (main, till) => {
  const line = lineOf(till);
  const told = el("p", { class: "note", role: "status", "aria-live": "polite" }),
    fault = el("p", { class: "alarm", role: "alert" });
  const basket = new Basket({
    name: "till",
    prefix: "t",
    till,
    title: t("order.new"),
    verb: t("paid"),
    sold: (order) => say(told, t("sent", number(order.id))),
  });
  const find = el("input", { type: "search", id: "find", oninput: () => show() });
  const none = el("p", {}, t("nothing"));
  const list = new List(el("ul", { class: "products" }), (p) => row(p));
  const may = (action) => till.may.has(action);
  let products = [];

  function show() {
    const part = find.value.trim().toLowerCase();
    const found = products.filter((p) => `${p.title}\n${p.id}`.toLowerCase().includes(part));
    none.hidden = found.length > 0;
    list.show(found);
  }

  // act carries out a write, and shows why it is refused.
  async function act(path, body) {
    say(fault, "");
    say(told, "");
    try {
      return await write(path, { location_id: till.location, ...body }, drawn(24));
    } catch (err) {
      if (!(err instanceof Refused)) throw err;
      say(fault, err.message);
      return null;
    }
  }

  function row(first) {
    let now = first;
    const title = el("h3"),
      state = el("p", { class: "state" }),
      available = el("p", { class: "note figure" }),
      under = el("div");
    const button = (label, action, allowed) => {
      const b = el("button", {
        type: "button",
        onclick: () => press(b, action).then(() => showRow(now)),
        title: allowed ? null : t("may.not"),
      });
      say(b, t(label));
      b.disabled = !allowed;
      return b;
    };
    const choice = new Choice(first);
    const add = button("add", async () => basket.add(now.id, choice.take()), may("Reserve"));
    const turn = button(
      "off",
      () =>
        act("v1/inventory/sale-status", {
          product_id: now.id,
          on_sale: !now.onSale,
          ...(till.channel && { channel_id: till.channel }),
        }),
      may("SetSaleStatus"),
    );
    const count = button("count", () => ask(now, under, count), may("Observe"));
    const element = el(
      "li",
      {},
      el(
        "div",
        { class: "row" },
        el("div", { class: "grow" }, title, state, available),
        el("div", { class: "row" }, add, turn, count),
      ),
      choice.element,
      under,
    );
    function showRow(p) {
      now = p;
      choice.show(p);
      say(title, p.title);
      say(state, t(`state.${p.state}`));
      state.className = `state ${p.state}`;
      say(available, p.available === null ? "" : t("available", units(p, p.available)));
      say(turn, t(p.onSale ? "off" : "on"));
      add.setAttribute("aria-label", t("add.one", p.title));
      turn.setAttribute("aria-label", t(p.onSale ? "off.one" : "on.one", p.title));
      count.setAttribute("aria-label", t("count.one", p.title));
      add.disabled = !may("Reserve") || !p.onSale;
      turn.disabled = !may("SetSaleStatus");
      count.disabled = !may("Observe");
    }
    return { element, show: showRow };
  }

  // ask asks how many units are on the shelf. The till's books have a part of them only: the centre compares the
  // count with its own, as they were then, when it hears of it.
  function ask(p, under, back) {
    say(fault, "");
    say(told, "");
    const input = el("input", { id: "seen", inputmode: "decimal", autocomplete: "off", required: true });
    const wrong = el("p", { class: "alarm", role: "alert" });
    const close = () => {
      fill(under);
      back.focus();
    };
    const go = el("button", { type: "submit", class: "main" }, t("book"));
    const form = el(
      "form",
      {
        onsubmit: (e) => {
          e.preventDefault();
          const seen = smallest(p, input.value);
          if (!Number.isSafeInteger(seen)) return say(wrong, t("count.bad"));
          press(go, async () => {
            const is = await act("v1/inventory/observe", {
              product_id: p.id,
              seen,
              reason: "counted at the till",
            });
            close();
            if (is) say(told, t("counted", p.title, units(p, seen)));
          });
        },
      },
      el("label", { for: "seen" }, t("count.seen", p.title)),
      input,
      wrong,
      el("div", { class: "row" }, go, el("button", { type: "button", onclick: close }, t("cancel"))),
    );
    for (const other of document.querySelectorAll(".products form")) other.remove();
    fill(under, form);
    input.focus();
  }

  main.append(
    line.element,
    told,
    fault,
    online(till, (id) => products.find((p) => p.id === id)?.title || id),
    el(
      "div",
      { class: "two" },
      el(
        "section",
        { "aria-label": t("products") },
        el("h2", {}, t("products")),
        el("label", { for: "find" }, t("find")),
        find,
        none,
        list.element,
      ),
      basket.element,
    ),
    till.may.has("AddDevice") ? devices() : "",
  );
  await watch("till", till, (all) => {
    products = all;
    basket.know(all);
    show();
  });
  setInterval(() => get("store/status").then(line.show, () => {}), lookEvery);
  const before = unfinished("till");
  if (before) await basket.finish(before);
});

// lineOf is the state of the line between the till and its centre.
function lineOf(first) {
  const line = el("dd", { id: "line" }),
    waits = el("dd", { id: "waits", class: "figure" });
  const fact = (name, value) => el("div", {}, el("dt", {}, t(name)), value);
  const element = el(
    "dl",
    { class: "facts" },
    fact("line", line),
    fact("waits", waits),
    fact("till", el("dd", {}, first.till)),
    fact("place", el("dd", {}, first.location)),
  );
  const show = (s) => {
    const trouble = s.stale ? "line.stale" : s.refused ? "line.refused" : s.skewed ? "line.skewed" : "";
    say(line, t(trouble || (s.connected ? "line.up" : "line.down")));
    line.className = s.connected && !trouble ? "" : "alarm";
    const n = s.records - s.at_centre;
    say(waits, n > 0 ? t("waits.some", n, s.records) : t("waits.none"));
  };
  show(first);
  return { element, show };
}
