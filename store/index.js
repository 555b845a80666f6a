import { Away, get, pause, Refused, session, signIn, signOut } from "./ask.js";
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

async function show() {
  try {
    await session();
    const may = new Set((await get("v1/session")).actions);
    online();
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
  fill(main, form);
  input.focus();
}

head("index");
show();
