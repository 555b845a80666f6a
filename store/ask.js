// How the pages ask the till that serves them.

const root = new URL("../", import.meta.url);

// address is where a path of the till is, whatever stands before it at a proxy.
export const address = (path) => new URL(path, root).href;

// Refused is a refusal: the same request would be refused again.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || String(status));
    this.status = status;
    this.problem = problem;
  }
}

// Away says that there was no answer: the request may have been carried out or not. busy: the till is
// there.
export class Away extends Error {
  constructor(text, busy = false) {
    super(text);
    this.busy = busy;
  }
}

let csrf = "";
const patience = 15000;

// call asks once.
export async function call(verb, path, body, head = {}) {
  const stop = new AbortController();
  const bell = setTimeout(() => stop.abort(), patience);
  try {
    const answer = await request(verb, path, body, head, stop.signal);
    const text = await answer.text();
    return text ? JSON.parse(text) : null;
  } catch (err) {
    throw err instanceof Refused || err instanceof Away ? err : new Away(String(err));
  } finally {
    clearTimeout(bell);
  }
}

// request returns an answer that is a success, whose body is still to be read.
export async function request(verb, path, body, head, signal) {
  const headers = { ...head };
  if (verb !== "GET") headers["X-Holdfast-CSRF"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(address(path), {
      method: verb,
      headers,
      signal,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
    });
  } catch (err) {
    throw new Away(String(err));
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  if (answer.status >= 500 || answer.status === 429 || problem.code === "IN_PROGRESS")
    throw new Away(problem.detail || String(answer.status), true);
  throw new Refused(answer.status, problem);
}

export const get = (path) => call("GET", path);

// write asks until the answer is known. The key makes all the attempts one write.
export async function write(path, body, key) {
  for (let wait = 500; ; wait = Math.min(2 * wait, 5000)) {
    try {
      return await call("POST", path, body, { "Idempotency-Key": key });
    } catch (err) {
      if (!(err instanceof Away)) throw err;
      await pause(wait);
      await session().catch(() => {}); // a till that was started anew may want another proof
    }
  }
}

// pause waits, each page a little longer or shorter.
export const pause = (ms) => new Promise((go) => setTimeout(go, ms * (0.75 + Math.random() / 2)));

// session reads the proof for writes from the browser's session. Refused: nobody has signed in.
export async function session() {
  csrf = (await get("console/session")).csrf;
}

export async function signIn(key) {
  csrf = (await call("POST", "console/session", { key })).csrf;
}

export const signOut = () => call("DELETE", "console/session");

// all reads the pages of a list.
export async function all(path, query) {
  const found = [];
  const asked = new URLSearchParams(query);
  for (;;) {
    const page = await get(`${path}?${asked}`);
    found.push(...(page.items || []));
    if (!page.next_page_token) return found;
    asked.set("page_token", page.next_page_token);
  }
}

const letters = "2346789CDFGHJKMNPQRTVWXY";

// drawn is a random text of that many letters: nobody can guess it, and it is no word.
export function drawn(length) {
  return [...crypto.getRandomValues(new Uint32Array(length))].map((n) => letters[n % letters.length]).join("");
}
