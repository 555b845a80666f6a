// A checkout with a client whose types openapi-typescript made of openapi.yaml.
// tsc checks it first: what the document says wrongly fails there.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Problem = components["schemas"]["Problem"];

const client = createClient<paths>({
  baseUrl: process.env.HOLDFAST_URL ?? "",
  headers: { Authorization: `Bearer ${process.env.HOLDFAST_KEY}` },
});

function want(what: string, got: unknown, wanted: unknown) {
  if (got !== wanted) throw new Error(`${what}: got ${got}, want ${wanted}`);
}

function done<T>(what: string, answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) throw new Error(`${what}: ${answer.error?.code} ${answer.error?.detail}`);
  return answer.data;
}

const product_id = "typescript-tea";
const order_id = "typescript-1";

const opened = done("open", await client.POST("/v1/inventory", { body: { product_id, available_stock: 5 } }));
want("opened", opened.available_stock, 5);

const checked = done(
  "check",
  await client.GET("/v1/inventory/check/{product_id}", { params: { path: { product_id }, query: { quantity: 2 } } }),
);
want("in stock", checked.in_stock, true);
want("available", checked.available, 5);

const reserve = () =>
  client.POST("/v1/inventory/reserve", {
    params: { header: { "Idempotency-Key": "typescript-key" } },
    body: { order_id, items: [{ product_id, quantity: 2 }] },
  });
const reserved = done("reserve", await reserve());
const [line] = reserved.reservations;
want("held", line?.quantity, 2);
want("state", line?.state, "active");
want("a deadline ahead", new Date(line?.expires_at ?? 0) > new Date(), true);

const again = await reserve();
want("the repeat", again.response.headers.get("Idempotency-Replayed"), "true");
want("its reservation", done("repeat", again).reservations[0]?.reservation_id, line?.reservation_id);

const deducted = done("deduct", await client.POST("/v1/inventory/deduct", { body: { order_id } }));
want("deducted", deducted.reservations[0]?.deducted, 2);

const refused = await client.POST("/v1/inventory/reserve", { body: { order_id: "typescript-2", product_id, quantity: 9 } });
want("the refusal's status", refused.response.status, 409);
const problem = refused.error;
if (problem?.code !== "INSUFFICIENT_STOCK") throw new Error(`a shortage was answered as ${problem?.code}`);
want("asked", problem.shortages?.[0]?.requested, 9);
want("available then", problem.shortages?.[0]?.available, 3);

console.log("checked out");
