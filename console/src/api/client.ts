import { createHoldfast } from "holdfast-client";
import { server } from "../app/base.ts";
import { csrf, ended } from "../app/session.ts";

const reading = new Set(["GET", "HEAD"]);

/** The API as the session of this browser. Writes prove that they come from its own pages. */
export const api = createHoldfast({
  url: server,
  fetch: async (request) => {
    const token = csrf();
    if (token && !reading.has(request.method)) request.headers.set("X-Holdfast-CSRF", token);
    const answer = await fetch(request);
    if (answer.status === 401) ended();
    return answer;
  },
});
