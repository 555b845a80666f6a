export { createHoldfast, type Holdfast, type HoldfastOptions, ok } from "./client.js";
export { type StockEvent, type Watch, watch } from "./events.js";
export { type Code, errorOf, HoldfastError, type Problem } from "./problem.js";
export { newKey, type RetryOptions } from "./retry.js";
export type { components, operations, paths } from "./schema.js";
export { type Frame, Parser } from "./sse.js";
