// Server-Sent Events over fetch: unlike EventSource it can send a body, and it sees why it was refused.
import { pause, Refused, request } from "./ask.js";

// silence is after how long without a byte a stream counts as lost: the till sends something every 15 s.
const silence = 20000;

// follow keeps a stream for as long as the page lives.
// begin(last) returns {verb, path, body, head} of a stream that continues after the id last; take(data) gets each message;
// up() is called when it is connected and down(err) when it is not; heed(again) receives a function that starts it anew.
export async function follow({ begin, take, up, down, heed }) {
  let last = "";
  for (let wait = 0; ; ) {
    const stop = new AbortController();
    if (heed) heed(() => stop.abort());
    try {
      const { verb, path, body, head } = begin(last);
      const answer = await request(verb, path, body, head, stop.signal);
      wait = 0;
      up();
      await messages(answer.body.getReader(), stop, (id, data) => {
        if (id) last = id;
        if (data) take(JSON.parse(data));
      });
    } catch (err) {
      if (err instanceof Refused && err.status === 410)
        last = ""; // later events are no longer kept: begin with the current state
      else if (wait > 0 || err instanceof Refused) down(err);
    }
    stop.abort();
    await pause(wait || 50);
    wait = Math.min(2 * wait || 250, 4000);
  }
}

// messages reads messages until the stream ends.
async function messages(reader, stop, told) {
  const words = new TextDecoder();
  let rest = "",
    id = "",
    data = "",
    kind = "",
    bell;
  for (;;) {
    bell = setTimeout(() => stop.abort(), silence);
    const { done, value } = await reader.read().finally(() => clearTimeout(bell));
    if (done) return;
    const lines = (rest + words.decode(value, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        told(id, kind === "end" ? "" : data);
        id = data = kind = "";
      } else if (line.startsWith("id: ")) id = line.slice(4);
      else if (line.startsWith("data: ")) data += line.slice(6);
      else if (line.startsWith("event: ")) kind = line.slice(7);
    }
  }
}
