// The choices of a customer, and the order that is made from it.
import { drawn, Refused, write } from "./ask.js";
import { itemsOf, noteOf } from "./modifiers.js";
import { el, List, press, say } from "./parts.js";
import { units } from "./products.js";
import { keep, read, t } from "./texts.js";

// hold is for how long an order has its units until it is paid.
const hold = 900;

// number is what people call an order: the part of its id that is meant for them.
export function number(id) {
  const found = /^[kt]-([0-9A-Z]{4})-/.exec(id);
  return found ? found[1] : id.replace(/@centre$/, "");
}

// prices are what a line costs: its product, and what was chosen with it.
function prices({ product, chosen, count }) {
  return [{ price: product.price, count }, ...chosen.filter((m) => m.price).map((m) => ({ price: m.price, count }))];
}

// sum adds prices such as "€ 4.50" by their digits, "" where they are of several kinds or lacking.
export function sum(lines) {
  let total = 0,
    most = 0,
    form = null;
  for (const { price, count } of lines.flatMap(prices)) {
    const found = /^(\D*)(\d{1,9})(?:([.,])(\d{1,4}))?(\D*)$/.exec(price);
    if (!found) return "";
    const [, before, whole, point, part = "", behind] = found;
    if (form && (form.before !== before || form.behind !== behind || (point && form.point && form.point !== point)))
      return "";
    form = { before, behind, point: point || form?.point };
    most = Math.max(most, part.length);
    total += Number(whole + part.padEnd(4, "0")) * count;
  }
  if (!form || !Number.isSafeInteger(total)) return "";
  const digits = String(total).padStart(5, "0");
  return (
    form.before +
    digits.slice(0, -4) +
    (most ? form.point + digits.slice(-4, -4 + most || undefined) : "") +
    form.behind
  );
}

// place makes the order and pays it, and returns when that is done. The order is kept until its
// outcome is known, and a reloaded page continues with it. When the order is refused, none of it is
// held.
export async function place(name, order) {
  const kept = `holdfast.store.order.${name}`;
  keep(kept, JSON.stringify(order));
  try {
    await write(
      "v1/inventory/reserve",
      { ...order.body, order_id: order.id, ttl_seconds: hold },
      `${order.id}-reserve`,
    );
    const paid = { order_id: order.id, ...(order.note && { reason: order.note }) };
    await write("v1/inventory/commit", paid, `${order.id}-commit`);
  } finally {
    keep(kept, null);
  }
}

// unfinished is the order whose outcome the page did not learn, null where there is none.
export function unfinished(name) {
  try {
    return JSON.parse(read(`holdfast.store.order.${name}`));
  } catch {
    return null;
  }
}

// Basket is the panel with what was chosen. sold(order) is called when an order is paid.
export class Basket {
  constructor({ name, prefix, till, title, verb, sold }) {
    Object.assign(this, { name, prefix, till, sold });
    this.chosen = new Map(); // of each product with what was chosen with it: how many
    this.products = new Map();
    this.fault = el("p", { class: "alarm", role: "alert" });
    this.none = el("p", { class: "note" }, t("order.empty"));
    this.total = el("span", { class: "figure" });
    this.totalRow = el("p", { class: "total" }, el("span", {}, t("total")), this.total);
    this.pay = el(
      "button",
      { type: "button", class: "main grow", onclick: () => press(this.pay, () => this.send()).then(() => this.show()) },
      verb,
    );
    this.clear = el("button", { type: "button", onclick: () => this.empty() }, t("clear"));
    this.list = new List(el("ul", { class: "lines" }), (row) => this.line(row));
    this.element = el(
      "aside",
      { "aria-labelledby": "basket" },
      el("h2", { id: "basket" }, title),
      this.none,
      this.list.element,
      this.totalRow,
      this.fault,
      el("div", { class: "row" }, this.pay, this.clear),
    );
    this.verb = verb;
    this.show();
  }

  // know tells of the products as they are now.
  know(products) {
    this.products = new Map(products.map((p) => [p.id, p]));
    this.show();
  }

  // add puts one more of a product in, with modifiers.
  add(product, chosen = []) {
    const id = JSON.stringify([product, ...chosen.map((m) => m.title)]);
    if (!this.chosen.has(id)) this.chosen.set(id, { id, product, chosen, count: 0 });
    this.change(id, 1);
  }

  change(id, n) {
    if (this.busy) return;
    say(this.fault, "");
    const line = this.chosen.get(id);
    line.count = Math.min(line.count + n, 999);
    if (line.count <= 0) this.chosen.delete(id);
    this.show();
  }

  empty() {
    say(this.fault, "");
    this.chosen.clear();
    this.show();
  }

  lines() {
    return [...this.chosen.values()]
      .filter((line) => this.products.has(line.product))
      .map((line) => ({ ...line, product: this.products.get(line.product) }));
  }

  line({ id, product, chosen }) {
    const name = [product.title, ...chosen.map((m) => m.title)].join(" + ");
    const title = el("span", { class: "grow" }),
      count = el("span", { class: "figure" }),
      note = el("p", { class: "alarm" });
    const button = (sign, label, n) =>
      el("button", { type: "button", "aria-label": t(label, name), onclick: () => this.change(id, n) }, sign);
    const element = el(
      "li",
      {},
      el("div", { class: "row" }, title, button("−", "less", -1), count, button("+", "more", 1)),
      note,
    );
    const show = (row) => {
      say(title, name);
      say(count, String(row.count));
      say(note, row.product.gone ? t("state.sold_out") : "");
    };
    return { element, show };
  }

  show() {
    const lines = this.lines();
    this.list.show(lines);
    this.none.hidden = lines.length > 0;
    const total = sum(lines);
    this.totalRow.hidden = total === "";
    say(this.total, total);
    if (this.busy) return;
    this.pay.disabled = lines.length === 0;
    this.clear.disabled = lines.length === 0;
  }

  // send makes an order of what was chosen.
  async send() {
    const lines = this.lines();
    const items = itemsOf(lines, this.products).map((item) => ({ ...item, location_id: this.till.location }));
    if (items.length === 0) return;
    await this.finish({
      note: noteOf(lines),
      id: `${this.prefix}-${drawn(4)}-${drawn(16)}`,
      body: { items, ...(this.till.channel && { channel_id: this.till.channel }) },
    });
  }

  // finish asks until the order's outcome is known.
  async finish(order) {
    this.busy = true;
    this.pay.disabled = this.clear.disabled = true;
    say(this.pay, t("sending"));
    say(this.fault, "");
    try {
      await place(this.name, order);
      this.chosen.clear();
      this.sold(order);
    } catch (err) {
      if (!(err instanceof Refused)) throw err;
      say(this.fault, this.why(err.problem));
    } finally {
      this.busy = false;
      say(this.pay, this.verb);
      this.show();
    }
  }

  // why is the text that explains a refusal to people.
  why(problem) {
    const short = (problem.shortages || []).map((s) => {
      const p = this.products.get(s.product_id);
      const title = p ? p.title : s.product_id;
      if (!s.available) return t("short.none", title);
      return t("short", title, p ? units(p, s.available) : s.available);
    });
    return short.join(" ") || t("refused", problem.detail || problem.code || "");
  }
}
