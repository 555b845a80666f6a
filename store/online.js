// The orders that were made at the centre: staff accept or decline them here.
import { drawn, get, Refused, write } from "./ask.js";
import { number } from "./basket.js";
import { el, fill, List, press, say } from "./parts.js";
import { t } from "./texts.js";

// every is how often the till is asked for them.
const every = 1000;

// amount is what a line holds, in the unit of its product.
function amount(line) {
  return line.scale
    ? `${(line.quantity / 10 ** line.scale).toFixed(line.scale)} ${line.unit || ""}`
    : String(line.quantity);
}

// online is the section of the page that shows them. titleOf names a product.
export function online(till, titleOf) {
  const may = till.may.has("AcceptOnlineOrder");
  const told = el("p", { class: "note", role: "status", "aria-live": "polite" }),
    fault = el("p", { class: "alarm", role: "alert" });
  const none = el("p", { class: "note" }, t("online.none"));
  const list = new List(el("ul", { class: "grid" }), (order) => card(order));
  const element = el(
    "section",
    { id: "online", "aria-label": t("online") },
    el("h2", {}, t("online")),
    told,
    fault,
    none,
    list.element,
  );

  // answer sends the staff's decision to the till, and shows the new state.
  async function answer(verb, id, done, reason) {
    say(fault, "");
    say(told, "");
    try {
      await write(`v1/online-orders/${verb}`, { order_id: id, ...(reason && { reason }) }, drawn(24));
      if (done) say(told, t(done, number(id)));
    } catch (err) {
      if (!(err instanceof Refused)) throw err;
      say(fault, `${number(id)}: ${err.message}`);
    }
    await refresh();
  }

  function card(first) {
    const id = first.id;
    const lines = el("ul", { class: "lines" }),
      note = el("p", { class: "wish" }),
      state = el("p", { class: "note" }),
      wish = el("p", { class: "alarm", role: "status" }),
      under = el("div");
    const button = (verb, action, main) => {
      const b = el(
        "button",
        {
          type: "button",
          class: main ? "main" : null,
          "aria-label": t(`${verb}.one`, number(id)),
          title: may ? null : t("may.not"),
          onclick: () => press(b, action).then(() => (b.disabled = !may)),
        },
        t(verb),
      );
      b.disabled = !may;
      return b;
    };
    const accept = button("accept", () => answer("accept", id, "online.accepted"), true),
      decline = button("decline", async () => ask(id, under, decline)),
      cancel = button("online.cancel", () => answer("cancel", id, "online.cancelled", "cancelled by the customer")),
      keep = button("online.keep", () => answer("keep", id));
    const element = el(
      "li",
      { class: "card" },
      el("h3", { class: "number" }, number(id)),
      state,
      wish,
      lines,
      note,
      el("div", { class: "row last" }, accept, decline, cancel, keep),
      under,
    );
    return {
      element,
      show: (o) => {
        const offered = o.state === "offered",
          asked = Boolean(o.cancel_asked_at);
        say(state, t(offered ? "online.offered" : o.kept ? "online.kept" : "online.waits"));
        say(wish, asked ? t(o.cancel_refused ? "online.refused" : "online.asked") : "");
        accept.hidden = decline.hidden = !offered;
        cancel.hidden = offered;
        keep.hidden = offered || !asked || Boolean(o.cancel_refused);
        say(note, o.note || "");
        note.hidden = !o.note;
        if (!offered) fill(under);
        const text = o.items.map((l) => `${amount(l)} × ${titleOf(l.product_id)}`);
        if (lines.textContent !== text.join("")) fill(lines, ...text.map((line) => el("li", {}, line)));
      },
    };
  }

  // ask asks why an order is declined. The customer sees the reason.
  function ask(id, under, back) {
    const input = el("input", { id: "why", autocomplete: "off", required: true, maxlength: "200" });
    const go = el("button", { type: "submit", class: "main" }, t("decline"));
    const close = () => {
      fill(under);
      back.focus();
    };
    const form = el(
      "form",
      {
        onsubmit: (e) => {
          e.preventDefault();
          press(go, () => answer("decline", id, "online.declined", input.value.trim()));
        },
      },
      el("label", { for: "why" }, t("decline.why", number(id))),
      input,
      el("div", { class: "row" }, go, el("button", { type: "button", onclick: close }, t("cancel"))),
    );
    for (const other of element.querySelectorAll("form")) other.remove();
    fill(under, form);
    input.focus();
  }

  async function refresh() {
    const { items } = await get("v1/online-orders");
    none.hidden = items.length > 0;
    list.show(items.map((o) => ({ id: o.order_id, ...o })));
  }

  setInterval(() => refresh().catch(() => {}), every);
  refresh().catch(() => {});
  return element;
}
