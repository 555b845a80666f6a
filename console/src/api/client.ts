import { createHoldfast } from "holdfast-client";
import { server } from "../app/base.ts";
import { csrf, ended } from "../app/session.ts";
import { after, forgetPosition } from "./position.ts";

const reading = new Set(["GET", "HEAD"]);

/** The API, called with the session of this browser. Writes prove that they come from its own pages. */
export const api = createHoldfast({
  url: server,
  fetch: async (request) => {
    const token = csrf();
    const reads = reading.has(request.method);
    if (token && !reads) request.headers.set("X-Holdfast-CSRF", token);
    const position = reads ? after() : undefined;
    if (position) request.headers.set("Holdfast-After", position);
    const answer = await fetch(request);
    if (answer.status === 401) ended();
    if (answer.status === 410 && position) forgetPosition();
    return answer;
  },
});
