import { expect, test } from "vitest";
import { createHoldfast, HoldfastError, ok } from "../src/index.js";
import { drop, json, pauses, problem, serve } from "./server.js";

const reserve = { order_id: "o-1", items: [{ product_id: "mug", quantity: 1 }] };

test("a write whose answer was lost is sent again under the same key", async () => {
  const { url, seen } = await serve(
    drop,
    problem(503, "UNAVAILABLE", { "Retry-After": "3" }),
    problem(409, "IN_PROGRESS"),
    json(200, { order_id: "o-1", reservations: [], shortages: [] }),
  );
  const { taken, sleep } = pauses();
  const answer = await ok(createHoldfast({ url, key: "hf_1", sleep }).POST("/v1/inventory/reserve", { body: reserve }));
  expect(answer.order_id).toBe("o-1");
  expect(seen).toHaveLength(4);
  expect(new Set(seen.map((one) => one.headers["idempotency-key"])).size).toBe(1);
  expect(seen[0]?.headers["idempotency-key"]).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(seen.map((one) => one.body))).toEqual(new Set([JSON.stringify(reserve)]));
  expect(seen[3]?.headers.authorization).toBe("Bearer hf_1");
  expect(taken[1]).toBeGreaterThanOrEqual(3000);
});

test("the caller's key is kept", async () => {
  const { url, seen } = await serve(drop, json(200, { order_id: "o-1", reservations: [] }));
  const client = createHoldfast({ url, sleep: pauses().sleep });
  await ok(client.POST("/v1/inventory/reserve", { params: { header: { "Idempotency-Key": "mine" } }, body: reserve }));
  expect(seen.map((one) => one.headers["idempotency-key"])).toEqual(["mine", "mine"]);
});

test("a refusal is final and says all it knows", async () => {
  const shortages = [{ product_id: "mug", location_id: "default", requested: 7, available: 6 }];
  const { url, seen } = await serve(problem(409, "INSUFFICIENT_STOCK", {}, { shortages }));
  const failed = await ok(createHoldfast({ url }).POST("/v1/inventory/reserve", { body: reserve })).catch(
    (e: unknown) => e,
  );
  expect(failed).toBeInstanceOf(HoldfastError);
  const error = failed as HoldfastError;
  expect([error.code, error.status, error.detail, error.requestId]).toEqual([
    "INSUFFICIENT_STOCK",
    409,
    "as INSUFFICIENT_STOCK",
    "r-1",
  ]);
  expect(error.problem?.shortages).toEqual(shortages);
  expect(error.unknown).toBe(false);
  expect(seen).toHaveLength(1);
});

test("a write that never gets an answer has an unknown outcome, and names its key", async () => {
  const { url, seen } = await serve(drop);
  let clock = 0;
  const sleep = async () => {
    clock += 4_000;
  };
  const client = createHoldfast({ url, sleep, now: () => clock });
  const error = (await ok(client.POST("/v1/inventory/reserve", { body: reserve })).catch(
    (e: unknown) => e,
  )) as HoldfastError;
  expect([error.code, error.unknown]).toEqual(["NETWORK", true]);
  expect(error.key).toBe(seen[0]?.headers["idempotency-key"]);
});

test("a server that stays unavailable is told as such when the time is up", async () => {
  const { url } = await serve(problem(503, "UNAVAILABLE", { "Retry-After": "60" }));
  const error = (await ok(createHoldfast({ url }).GET("/v1/locations")).catch((e: unknown) => e)) as HoldfastError;
  expect(error.code).toBe("UNAVAILABLE");
});

test("a call that is given up is not repeated", async () => {
  const { url, seen } = await serve(() => given.abort());
  const given = new AbortController();
  await expect(ok(createHoldfast({ url }).GET("/v1/locations", { signal: given.signal }))).rejects.toThrow();
  expect(seen).toHaveLength(1);
});

test("an answer of a proxy, without a problem document, still has a code", async () => {
  const { url } = await serve((response) =>
    response.writeHead(401, { "Content-Type": "text/html" }).end("<h1>sign in</h1>"),
  );
  const error = (await ok(createHoldfast({ url }).GET("/v1/locations")).catch((e: unknown) => e)) as HoldfastError;
  expect([error.code, error.status]).toEqual(["UNAUTHENTICATED", 401]);
});

test("an id is one segment of the path, whatever it is made of", async () => {
  const { url, seen } = await serve(
    json(200, { product_id: "x", available_stock: 0, reserved_stock: 0, total_stock: 0, locations: [] }),
  );
  const client = createHoldfast({ url: `${url}/stock/` });
  for (const product_id of ["50% ?#&+", "杯子:1", "%2F", " a "]) {
    await ok(client.GET("/v1/inventory/product/{product_id}", { params: { path: { product_id } } }));
    expect(seen.at(-1)?.url).toBe(`/stock/v1/inventory/product/${encodeURIComponent(product_id)}`);
  }
});

test("a list in a query is one word with commas, and each attribute of a lot a word", async () => {
  const asked: string[] = [];
  const client = createHoldfast({
    url: "https://stock.example",
    fetch: async (request) => {
      asked.push(new URL(request.url).search);
      return Response.json({ items: [], total: 0 });
    },
  });
  await ok(client.GET("/v1/items", { params: { query: { status: ["low", "sold_out"] } } }));
  expect(decodeURIComponent(asked[0] ?? "")).toBe("?status=low,sold_out");
  const params = { path: { product_id: "mug" }, query: { attr: { "attr.batch": "B7", "attr.grade": "A" } } };
  await ok(client.GET("/v1/lots/{product_id}/orders", { params }));
  expect(asked[1]).toBe("?attr.batch=B7&attr.grade=A");
});
