// The forms of the API reference: a call is sent to this server with the reader's own key. The key stays in its
// field: it is in no address and in no store. Without this script the forms are hidden.

const key = document.getElementById("try-key");
// A proxy may serve everything below a prefix.
const prefix = location.pathname.slice(0, location.pathname.indexOf("/docs"));
const longest = 100_000; // characters of an answer that are shown

for (const part of document.querySelectorAll(".try")) part.hidden = false;

/** The request of a form: fields are named place:name. */
function requestOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = {};
  let body;
  if (key.value) headers.Authorization = `Bearer ${key.value.trim()}`;
  for (const field of form.elements) {
    const [place, name] = field.name.split(":");
    const value = field.type === "checkbox" ? (field.checked ? "true" : "") : field.value.trim();
    if (place === "body") {
      body = value;
      headers["Content-Type"] = "application/json";
    } else if (value === "") {
      continue; // left out
    } else if (place === "path") {
      path = path.replace(`{${name}}`, encodeURIComponent(value));
    } else if (place === "query") {
      query.set(name, value);
    } else if (place === "pairs") {
      for (const [pair, its] of new URLSearchParams(value)) query.set(pair, its);
    } else if (place === "header") {
      headers[name] = value;
    }
  }
  const asked = query.toString();
  return [prefix + path + (asked ? `?${asked}` : ""), { method: form.dataset.verb, headers, body, credentials: "omit", cache: "no-store" }];
}

/** The body as it is shown: JSON with a line for each member. */
function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).slice(0, longest);
  } catch {
    return text.slice(0, longest);
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches(".try form")) return;
  event.preventDefault();
  const shown = form.querySelector("output");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const [address, request] = requestOf(form);
    const answer = await fetch(address, request);
    const head = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    shown.textContent = `${request.method} ${address}\n\n${answer.status} ${answer.statusText}\n${head}\n\n${readable(await answer.text())}`;
  } catch (failed) {
    shown.textContent = `No answer: ${failed.message}`;
  } finally {
    button.disabled = false;
  }
});

// A language that is chosen in one example is chosen in all.
document.addEventListener("change", (event) => {
  if (!event.target.matches(".tabs input")) return;
  for (const other of document.querySelectorAll(`.tabs input[value="${event.target.value}"]`)) other.checked = true;
});
