import { all, drawn, get, Refused, write } from "./ask.js";
import { number } from "./basket.js";
import { begin, fresh, lost, offline, online } from "./page.js";
import { el, List, press, say } from "./parts.js";
import { follow } from "./stream.js";
import { clock, t } from "./texts.js";

// recallable is for how long what was done can be recalled.
const recallable = 60000;
// shown is how many orders each side has at most.
const shown = 200;
const shownDone = 12;

begin("kitchen", ["ListOrders", "GetOrder", "Deduct", "Withdraw", "WatchStock"], async (main, till) => {
  const recalled = new Set(),
    titles = new Map(),
    notes = new Map(); // the note next to an order's lines, which stays
  let ahead = 0; // by how much the till's clock is ahead of this one
  let known = null; // ids that were coming in
  const news = el("p", { class: "note", role: "status", "aria-live": "polite" }),
    fault = el("p", { class: "alarm", role: "alert" });
  const coming = side("in", "in.none", "done", "v1/inventory/deduct"),
    done = side("finished", "finished.none", "recall", "v1/inventory/withdraw");
  main.append(news, fault, coming.element, done.element);

  function side(title, empty, verb, path) {
    const none = el("p", { class: "note" }, t(empty));
    const list = new List(el("ul", { class: "grid" }), (order) => ticket(order, verb, path));
    return {
      element: el("section", { "aria-label": t(title) }, el("h2", {}, t(title)), none, list.element),
      show: (orders) => {
        none.hidden = orders.length > 0;
        list.show(orders);
      },
    };
  }

  function ticket(first, verb, path) {
    const lines = new List(el("ul", { class: "lines" }), () => {
      const element = el("li");
      return { element, show: (line) => say(element, line.text) };
    });
    const note = el("p", { class: "wish" }),
      since = el("p", { class: "note figure" }),
      mark = el("p", { class: "state low" }, t("recalled"));
    const button = el(
      "button",
      {
        type: "button",
        class: verb === "done" ? "main last" : "last",
        "aria-label": t(`${verb}.one`, number(first.id)),
        onclick: () => press(button, () => act(first.id, path)),
      },
      t(verb),
    );
    const element = el(
      "li",
      { class: "card" },
      el("h3", { class: "number" }, number(first.id)),
      mark,
      since,
      lines.element,
      note,
      button,
    );
    return {
      element,
      show: (order) => {
        say(since, t("since", clock(order.since)));
        mark.hidden = verb !== "done" || !recalled.has(order.id);
        element.classList.toggle("recalled", !mark.hidden);
        lines.show(order.lines);
        say(note, order.note);
        note.hidden = !order.note;
        button.hidden = verb === "recall" && !recent(order);
      },
    };
  }

  const recent = (order) => Date.now() + ahead - Date.parse(order.updated) < recallable;

  // act carries out the action of a button, and shows the new state.
  async function act(id, path) {
    say(fault, "");
    try {
      await write(path, { order_id: id }, `${id.slice(0, 100)}-${drawn(12)}`);
      if (path.endsWith("withdraw")) recalled.add(id);
    } catch (err) {
      if (!(err instanceof Refused)) throw err;
      say(fault, `${number(id)}: ${err.message}`);
    }
    await refresh();
  }

  // list reads orders of a state as tickets.
  async function list(state, size) {
    const page = await get(
      `v1/orders?${new URLSearchParams({ state, location_id: till.location, page_size: String(size) })}`,
    );
    ahead = Date.parse(page.as_of) - Date.now();
    return Promise.all(page.items.map(whole));
  }

  async function whole(order) {
    let lines = order.reservations;
    if (order.reservation_count > lines.length)
      lines = (await get(`v1/inventory/orders/${encodeURIComponent(order.order_id)}`)).reservations;
    return {
      id: order.order_id,
      note: await noteOf(order.order_id),
      since: order.created_at,
      updated: order.updated_at,
      lines: lines
        .filter((l) => l.quantity + l.deducted > 0)
        .map((l) => ({
          id: `${l.product_id}/${l.reservation_id}`,
          text: `${amount(l)} × ${titles.get(l.product_id) || l.product_id}`,
        })),
    };
  }

  // noteOf reads the note of an order: that of a page of the store when it was paid, or that of the centre
  // when it was accepted.
  async function noteOf(id) {
    const noted = /@centre$/.test(id) ? "accept" : /^[kt]-/.test(id) ? "commit" : "";
    if (!noted) return "";
    if (!notes.has(id)) {
      const { steps } = await get(`v1/orders/${encodeURIComponent(id)}/history`);
      notes.set(id, steps.find((s) => s.operation === noted && s.reason)?.reason || "");
    }
    return notes.get(id);
  }

  function amount(line) {
    const n = line.quantity + line.deducted;
    return line.scale ? `${(n / 10 ** line.scale).toFixed(line.scale)} ${line.unit || ""}` : String(n);
  }

  let finished = [];
  function showDone() {
    done.show(finished);
  }

  // refresh reads the orders anew. When something changes while it reads, it reads once more.
  let reading = false,
    stale = false;
  async function refresh() {
    stale = true;
    if (reading) return;
    reading = true;
    try {
      while (stale) {
        stale = false;
        const [waiting, over] = await Promise.all([list("committed", shown), list("confirmed", shownDone)]);
        fresh();
        waiting.reverse(); // the oldest first
        const added = waiting.filter((o) => known && !known.has(o.id));
        if (added.length > 0) say(news, t("came", added.map((o) => number(o.id)).join(", ")));
        known = new Set(waiting.map((o) => o.id));
        finished = over;
        coming.show(waiting);
        showDone();
      }
    } catch (err) {
      if (err instanceof Refused) lost("kitchen")(err);
      else offline(); // the stream says when the till is there again
    } finally {
      reading = false;
    }
  }

  for (const d of await all("v1/products/details", { page_size: "200" })) titles.set(d.product_id, d.title);
  setInterval(showDone, 1000);
  let soon;
  follow({
    begin: (last) => ({
      verb: "GET",
      path: `v1/events?${new URLSearchParams({ location_id: till.location })}`,
      head: last ? { "Last-Event-ID": last } : {},
    }),
    take: (event) => {
      if (!event.order_id) return;
      if (event.type === "withdraw") recalled.add(event.order_id);
      if (event.type === "deduct") recalled.delete(event.order_id);
      clearTimeout(soon);
      soon = setTimeout(refresh, 100); // an order's lines are events of their own
    },
    up: () => {
      online();
      refresh();
    },
    down: lost("kitchen"),
  });
});
