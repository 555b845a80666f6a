// The screens of the store: staff confirm the code that one shows, and end it.
import { address, all, call, drawn } from "./ask.js";
import { el, List, press, say } from "./parts.js";
import { clock, t } from "./texts.js";

// every is how often the till is asked for them.
const every = 10000;
// pages are those that a screen may show, and customers those that sell for a channel.
const pages = ["kiosk", "menu", "kitchen", "till"];
const customers = ["kiosk", "menu"];

// devices is the section of the page that shows them.
export function devices() {
  const told = el("p", { class: "note", role: "status", "aria-live": "polite" }),
    fault = el("p", { class: "alarm", role: "alert" });
  const none = el("p", { class: "note" }, t("devices.none"));
  const list = new List(el("ul", { class: "lines" }), (device) => row(device));

  // act does something about a screen, reports that it was done, and shows the new state.
  async function act(work, done) {
    say(fault, "");
    say(told, "");
    try {
      await work();
      say(told, done);
    } catch (err) {
      say(fault, err.busy ? t("key.rate") : err.message);
      return false;
    }
    await refresh().catch(() => {});
    return true;
  }

  function row(device) {
    const used = el("p", { class: "note figure" });
    const end = el(
      "button",
      {
        type: "button",
        "aria-label": t("device.end.one", device.name),
        onclick: () =>
          press(end, () =>
            act(() => call("DELETE", `v1/devices/${encodeURIComponent(device.id)}`), t("device.ended", device.name)),
          ),
      },
      t("device.end"),
    );
    const what = [t(`page.${device.page}`), device.channel_id].filter(Boolean).join(" · ");
    const element = el(
      "li",
      { class: "row" },
      el("div", { class: "grow" }, el("strong", {}, device.name), ` ${what}`, used),
      end,
    );
    const show = (d) => say(used, d.used_at ? t("device.used", clock(d.used_at)) : t("device.unused"));
    return { element, show };
  }

  async function refresh() {
    const items = await all("v1/devices", { page_size: "200" });
    none.hidden = items.length > 0;
    list.show(items);
  }

  setInterval(() => refresh().catch(() => {}), every);
  refresh().catch(() => {});
  return el(
    "section",
    { id: "devices", "aria-label": t("devices") },
    el("h2", {}, t("devices")),
    el("p", { class: "note" }, t("devices.how"), " ", el("bdi", {}, address("store/"))),
    told,
    fault,
    none,
    list.element,
    form(act),
  );
}

// form asks for the code of a new screen and for its page.
function form(act) {
  const field = (id, more) => el("input", { id: `device-${id}`, autocomplete: "off", ...more });
  const code = field("code", { required: true, maxlength: "32", autocapitalize: "characters" }),
    name = field("name", { required: true, maxlength: "64" }),
    channel = field("channel", { maxlength: "64" });
  const page = el(
    "select",
    { id: "device-page", onchange: () => turn() },
    ...pages.map((p) => el("option", { value: p }, t(`page.${p}`))),
  );
  const channelRow = el("div", {}, el("label", { for: "device-channel" }, t("device.channel")), channel);
  const wrong = el("p", { class: "alarm", role: "alert" });
  const go = el("button", { type: "submit", class: "main" }, t("device.confirm"));
  const turn = () => {
    channelRow.hidden = !customers.includes(page.value);
  };

  // The same request sent again is one write.
  let asked = {};
  async function add(body) {
    const text = JSON.stringify(body);
    if (asked.text !== text) asked = { text, key: drawn(24) };
    await call("POST", "v1/devices", body, { "Idempotency-Key": asked.key });
  }

  async function send() {
    const typed = code.value.replace(/[\s-]/g, "");
    if (!/^[a-z]{8}$/i.test(typed)) return say(wrong, t("device.bad"));
    say(wrong, "");
    const body = { code: typed, name: name.value.trim(), page: page.value };
    if (!channelRow.hidden && channel.value.trim()) body.channel_id = channel.value.trim();
    const done = t("device.added", body.name, t(`page.${body.page}`));
    if (await act(() => add(body), done)) made.reset();
    turn();
  }

  const made = el(
    "form",
    {
      onsubmit: (e) => {
        e.preventDefault();
        press(go, send);
      },
    },
    el("label", { for: "device-code" }, t("device.code")),
    code,
    el("label", { for: "device-name" }, t("device.name")),
    name,
    el("label", { for: "device-page" }, t("device.page")),
    page,
    channelRow,
    wrong,
    go,
  );
  return made;
}
