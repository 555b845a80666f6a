import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { HoldfastError, watch } from "../src/index.js";
import { Parser } from "../src/sse.js";
import { pauses, problem, serve } from "./server.js";

const stream =
  (text: string, ends = true) =>
  (response: ServerResponse) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(text);
    if (ends) response.end();
  };
const change = (id: string, version: number) => `id: ${id}\ndata: {"event_id":"${id}","version":${version}}\n\n`;

test("messages are the same wherever the network cuts the stream", () => {
  const text = `retry: 10\r\nid: a\r\n\r\n: note\nid: b\ndata: {"x":\ndata: 1}\n\nevent: end\ndata:bye\r\r`;
  const whole = new Parser().feed(`${text}\n`);
  expect(whole).toEqual([
    { event: "message", data: "", id: "a", retry: 10 },
    { event: "message", data: '{"x":\n1}', id: "b", retry: undefined },
    { event: "end", data: "bye", id: undefined, retry: undefined },
  ]);
  for (let at = 1; at < text.length; at++) {
    const parser = new Parser();
    expect([...parser.feed(text.slice(0, at)), ...parser.feed(`${text.slice(at)}\n`)]).toEqual(whole);
  }
});

test("a stream that breaks is resumed after the last event, and what was cut off comes whole", async () => {
  const { url, seen } = await serve(
    stream(`retry: 0\nid: 0-0\n\n${change("0-1", 1)}id: 0-2\ndata: {"ev`),
    (response) => response.destroy(),
    stream(change("0-2", 2), false),
  );
  const stop = new AbortController();
  const got: number[] = [];
  for await (const event of watch(
    { url, key: "k", sleep: pauses().sleep },
    { location_id: "berlin", types: ["reserve", "deduct"], signal: stop.signal },
  )) {
    got.push(event.version ?? 0);
    if (event.version === 2) stop.abort();
  }
  expect(got).toEqual([1, 2]);
  expect(seen.map((one) => one.headers["last-event-id"])).toEqual([undefined, "0-1", "0-1"]);
  expect(seen[0]?.url).toBe("/v1/events?types=reserve%2Cdeduct&location_id=berlin");
});

test("a reader that was too slow goes on from where the server says", async () => {
  const end = `event: end\ndata: {"code":"SLOW_READER","detail":"too slow","resume_after":"0-5"}\n\n`;
  const { url, seen } = await serve(stream(change("0-1", 1) + end), stream(change("0-6", 6), false));
  const stop = new AbortController();
  for await (const event of watch({ url, sleep: pauses().sleep }, { signal: stop.signal })) {
    if (event.version === 6) stop.abort();
  }
  expect(seen[1]?.headers["last-event-id"]).toBe("0-5");
});

test("a place that is gone, and a key that was revoked, end the watch", async () => {
  for (const [status, code] of [
    [410, "POSITION_GONE"],
    [401, "UNAUTHENTICATED"],
  ] as const) {
    const { url } = await serve(problem(status, code));
    const failed = await watch({ url }, { after: "0-1" })
      .next()
      .catch((e: unknown) => e);
    expect((failed as HoldfastError).code).toBe(code);
  }
  const { url } = await serve(stream(`event: end\ndata: {"code":"UNAUTHENTICATED","detail":"revoked"}\n\n`));
  await expect(watch({ url }).next()).rejects.toBeInstanceOf(HoldfastError);
});
