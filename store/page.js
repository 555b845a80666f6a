// The frame of each page: who uses it, whether the till is there, the language.
import { get, pause, Refused, session } from "./ask.js";
import { el, fill, say } from "./parts.js";
import { clock, language, t, turnLanguage } from "./texts.js";

const frame = {
  chip: el("span", { class: "chip" }),
  banner: el("p", { class: "banner", role: "alert", hidden: true }),
  fresh: Date.now(),
};

// online and offline show the state of the page's connection to the till.
export function online() {
  frame.fresh = Date.now();
  frame.banner.hidden = true;
  frame.chip.classList.remove("lost");
  say(frame.chip, t("live"));
  document.body.dataset.connection = "live";
}

export function offline() {
  say(frame.banner, t("offline", clock(frame.fresh)));
  frame.banner.hidden = false;
  frame.chip.classList.add("lost");
  say(frame.chip, t("lost"));
  document.body.dataset.connection = "lost";
}

// fresh notes that the till has just answered.
export function fresh() {
  frame.fresh = Date.now();
}

function head(name) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = t(`page.${name}`);
  const bar = el(
    "div",
    { class: "bar" },
    el("h1", {}, t(`page.${name}`)),
    frame.chip,
    el("button", { type: "button", onclick: turnLanguage, lang: language === "zh" ? "en" : "zh-CN" }, t("language")),
  );
  fill(document.getElementById("head"), frame.banner, bar);
}

// begin shows the frame of a page, and calls run(main, till) once somebody has signed in whose
// role may call all of the actions. till says where the page is and what may be done.
export async function begin(name, actions, run) {
  head(name);
  const main = document.getElementById("main");
  fill(main, el("p", {}, t("loading")));
  for (;;) {
    try {
      await session();
      const [status, who] = await Promise.all([get("store/status"), get("v1/session")]);
      online();
      if (who.page && who.page !== name) return location.replace(`./${who.page}`); // a device shows one page
      const till = { ...status, channel: (who.channels || [""])[0], may: new Set(who.actions) };
      fill(main, till.channel ? el("p", { class: "note", id: "channel" }, t("channel", till.channel)) : "");
      if (actions.every((a) => till.may.has(a))) {
        await run(main, till);
        setInterval(() => get("store/status").catch(() => {}), useEvery);
      } else main.append(el("p", { class: "alarm" }, t("denied")), el("a", { class: "button", href: "./" }, t("back")));
      return;
    } catch (err) {
      if (err instanceof Refused && err.status === 401) return leave(name);
      if (err instanceof Refused) {
        fill(main, el("p", { class: "alarm" }, t("failed", err.message)));
        return;
      }
      offline();
      await pause(1500);
    }
  }
}

// leave goes to the sign-in page, which leads back here.
export function leave(name) {
  location.replace(name === "index" ? "./" : `./?page=${name}`);
}

// useEvery is how often a page reports that it is in use: a session that is not used ends after 30
// minutes.
const useEvery = 5 * 60 * 1000;

// lost is what a page does when a stream is not connected: it shows that it is offline, or leaves when
// nobody is signed in.
export const lost = (name) => (err) => {
  if (err instanceof Refused && err.status === 401) leave(name);
  else offline();
};

export { head };
