import { Away, call, get, pause, Refused, session, signIn, signOut } from "./ask.js";
import { head, offline, online } from "./page.js";
import { el, fill, press, say } from "./parts.js";
import { t } from "./texts.js";

// The pages, and what one must be able to do to use them.
const pages = [
  ["kiosk", "Reserve"],
  ["menu", "ListItems"],
  ["kitchen", "Deduct"],
  ["till", "Observe"],
];

const main = document.getElementById("main");

// codeEvery is how often a screen asks whether its code was confirmed.
const codeEvery = 2000;

async function show() {
  try {
    await session();
    const who = await get("v1/session");
    const may = new Set(who.actions);
    online();
    if (who.page) return location.replace(`./${who.page}`);
    const wanted = new URLSearchParams(location.search).get("page");
    if (pages.some(([name, action]) => name === wanted && may.has(action))) return location.replace(`./${wanted}`);
    choose(may);
  } catch (err) {
    if (err instanceof Away) {
      offline();
      await pause(1500);
      return show();
    }
    online();
    ask();
  }
}

function choose(may) {
  const out = el("button", { type: "button", onclick: () => press(out, () => signOut().then(ask)) }, t("sign.out"));
  const cards = pages
    .filter(([, action]) => may.has(action))
    .map(([name]) =>
      el(
        "li",
        { class: "card" },
        el("h2", {}, t(`page.${name}`)),
        el("p", { class: "note" }, t(`about.${name}`)),
        el(
          "a",
          { class: "button last", href: `./${name}`, "aria-label": `${t("open")}: ${t(`page.${name}`)}` },
          t("open"),
        ),
      ),
    );
  fill(main, el("ul", { class: "grid" }, ...cards), el("p", { class: "row" }, out));
}

function ask() {
  const input = el("input", {
    id: "key",
    type: "password",
    autocomplete: "off",
    required: true,
    "aria-describedby": "why",
  });
  const fault = el("p", { class: "alarm", role: "alert" });
  const go = el("button", { class: "main", type: "submit" }, t("sign.in"));
  const form = el(
    "form",
    {
      onsubmit: (e) => {
        e.preventDefault();
        press(go, async () => {
          try {
            await signIn(input.value.trim());
            await show();
          } catch (err) {
            if (err instanceof Refused && err.status === 401) say(fault, t("key.bad"));
            else say(fault, err instanceof Refused ? err.message : t("key.rate"));
          }
        });
      },
    },
    el("label", { for: "key" }, t("key")),
    input,
    el("p", { id: "why", class: "note" }, t("key.why")),
    fault,
    go,
  );
  fill(main, pairing(), form);
  input.focus();
}

// pairing is the part with the code of this screen, until staff have confirmed it or somebody signs in.
function pairing() {
  const code = el("p", { class: "huge", id: "code" }, "····-····"),
    fault = el("p", { class: "alarm", role: "alert" });
  const element = el(
    "section",
    { class: "panel", "aria-labelledby": "pair" },
    el("h2", { id: "pair" }, t("pair")),
    code,
    el("p", { class: "note" }, t("pair.how")),
    fault,
  );
  awaitCode(element, code, fault);
  return element;
}

// awaitCode shows the code, and goes to the page that the screen may show once it was confirmed.
async function awaitCode(element, code, fault) {
  await pause(0);
  while (element.isConnected) {
    try {
      const now = await call("POST", "store/device");
      online();
      say(fault, "");
      if (now.confirmed) return show();
      say(code, now.code);
    } catch (err) {
      if (err instanceof Refused) say(fault, t("pair.failed", err.message));
      else if (err.busy) say(fault, t("key.rate"));
      else offline();
    }
    await pause(codeEvery);
  }
}

head("index");
show();
