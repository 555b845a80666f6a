import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createHoldfast } from "holdfast-client";
import { expect, test } from "vitest";
import { type Command, rolesOf } from "../api/commands.ts";
import { carryOut } from "../api/outcome.ts";
import { createPendings } from "../api/pending.ts";
import { after, forgetPosition, wrote } from "../api/position.ts";

/** The storage of a browser tab. */
function tab(kept = new Map<string, string>()) {
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => kept.set(name, text),
  };
}

const receive = (quantity: number): Command => ({
  operation: "Restock",
  body: { product_id: "mug", location_id: "berlin", quantity },
});

const inventory = () => Response.json({ product_id: "mug" }, { headers: { "Holdfast-Position": "7" } });

function refusal(status: number, code: string) {
  const body = { type: "about:blank", title: code, status, detail: code, code, request_id: "r" };
  return Response.json(body, { status, headers: { "Content-Type": "application/problem+json" } });
}

/** An API that gives these answers one by one, or loses the connection; and the keys and bodies it was sent. */
function server(...answers: (Response | "lost")[]) {
  const sent: { key: string; body: string }[] = [];
  let now = 0;
  const api = createHoldfast({
    url: "http://server",
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    now: () => now,
    fetch: async (request) => {
      sent.push({ key: request.headers.get("Idempotency-Key") ?? "", body: await request.text() });
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (next === "lost" || next === undefined) throw new TypeError("connection lost");
      return next.clone();
    },
  });
  return { api, sent, keys: () => [...new Set(sent.map(({ key }) => key))] };
}

test("a lost connection, 503 and IN_PROGRESS ask again with the same key and body", async () => {
  const all = createPendings(() => tab());
  const { api, sent, keys } = server("lost", refusal(503, "UNAVAILABLE"), refusal(409, "IN_PROGRESS"), inventory());
  const kept = all.keep("t/ann", receive(5));
  expect(await carryOut(api, kept, all)).toMatchObject({ is: "done", position: "7" });
  expect(sent).toHaveLength(4);
  expect(keys()).toEqual([kept.key]);
  expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
  expect(all.list()).toEqual([]);
});

test("a write is kept before it is sent, and after a reload it is asked again under its key", async () => {
  const storage = tab();
  const before = createPendings(() => storage);
  const kept = before.keep("t/ann", receive(5));
  expect(await carryOut(server("lost").api, kept, before)).toMatchObject({ is: "unknown", error: { code: "NETWORK" } });

  const reloaded = createPendings(() => storage);
  expect(reloaded.left()).toEqual([kept]);
  const back = server(inventory());
  expect(await carryOut(back.api, reloaded.list()[0] as never, reloaded)).toMatchObject({ is: "done" });
  expect(back.keys()).toEqual([kept.key]);
  expect(createPendings(() => storage).left()).toEqual([]);
});

test("a write with secrets is asked again under its key, and its body is nowhere in the browser's storage", async () => {
  const kept = new Map<string, string>();
  const all = createPendings(() => tab(kept));
  const secret: Command = {
    operation: "SetAlertReceiver",
    body: { receiver_id: "ops", kind: "slack", settings: { url: "https://hooks.example/hush" } },
  };
  const first = all.keep("t/ann", secret);
  all.keep("t/ann", receive(5));
  expect(await carryOut(server("lost").api, first, all)).toMatchObject({ is: "unknown" });
  expect([...kept.values()].join()).toContain("Restock");
  expect([...kept.values()].join()).not.toContain("hush");
  expect(all.keep("t/ann", secret).key).toBe(first.key);
});

test("the same write whose outcome is unknown has the same key, another has another", () => {
  const all = createPendings(() => tab());
  const first = all.keep("t/ann", receive(5));
  expect(first.key).toMatch(/^[0-9a-f]{32}$/);
  expect(all.keep("t/ann", receive(5))).toBe(first);
  expect(all.keep("t/ann", receive(6)).key).not.toBe(first.key);
  expect(all.keep("t/bob", receive(5)).key).not.toBe(first.key);
  all.drop(first.key);
  expect(all.keep("t/ann", receive(5)).key).not.toBe(first.key);
});

test.each([
  [409, "VERSION_CONFLICT", "refused"],
  [400, "INVALID_ARGUMENT", "refused"],
  [403, "PERMISSION_DENIED", "refused"],
  [401, "UNAUTHENTICATED", "unknown"],
  [503, "UNAVAILABLE", "unknown"],
  [500, "INTERNAL", "unknown"],
])("after %i %s the outcome is %3$s", async (status, code, is) => {
  const all = createPendings(() => tab());
  const outcome = await carryOut(server(refusal(status, code)).api, all.keep("t/ann", receive(5)), all);
  expect(outcome).toMatchObject({ is, error: { code } });
  expect(all.list()).toHaveLength(is === "unknown" ? 1 : 0);
});

test("an answer that is cut off leaves the outcome open", async () => {
  const all = createPendings(() => tab());
  const cut = new Response('{"product_id": "m', { headers: { "Content-Type": "application/json" } });
  expect(await carryOut(server(cut).api, all.keep("t/ann", receive(5)), all)).toMatchObject({ is: "unknown" });
  expect(all.list()).toHaveLength(1);
});

test("the threshold names its product in the path", async () => {
  const all = createPendings(() => tab());
  const { api, sent } = server(inventory());
  const body = { product_id: "a b", location_id: "berlin", low_stock_threshold: 4 };
  await carryOut(api, all.keep("t/ann", { operation: "SetThreshold", body }), all);
  expect(sent.map((one) => JSON.parse(one.body))).toEqual([{ location_id: "berlin", low_stock_threshold: 4 }]);
});

test("a write that a form waits for is not told of twice, and without storage it is kept for the page", () => {
  const off = () => {
    throw new Error("storage is off");
  };
  const all = createPendings(off);
  const { key } = all.keep("t/ann", receive(5));
  const leave = all.attend(key);
  expect(all.left()).toEqual([]);
  leave();
  expect(all.left()).toHaveLength(1);
});

test("what is read after a write asks for its place, for a while", () => {
  wrote("7", 1_000);
  expect(after(2_000)).toBe("7");
  expect(after(60_000)).toBeUndefined();
  wrote("8", 1_000);
  forgetPosition();
  expect(after(2_000)).toBeUndefined();
});

test("the roles that are named for an operation are those of the server", () => {
  const protos = join(import.meta.dirname, "../../../api/proto/holdfast/v1");
  const definition = readdirSync(protos)
    .map((file) => readFileSync(join(protos, file), "utf8"))
    .join("\n");
  for (const [operation, roles] of Object.entries(rolesOf)) {
    const call = new RegExp(`rpc ${operation}\\(.*?roles: (\\w+|\\[.*?\\])`, "s").exec(definition)?.[1] ?? "";
    const named = ["agent", "clerk", "manager"].filter((role) => call.includes(`ROLE_${role.toUpperCase()}`));
    if (named.length > 0 && !named.includes("manager")) named.push("manager"); // who does what both do
    expect([...named, "admin"], operation).toEqual(roles);
  }
});
