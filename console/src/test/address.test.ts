import { createMemoryHistory, createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { expect, test } from "vitest";
import { parseSearch, stringifySearch, words } from "../app/address.ts";
import { fromSegment, keepBlank, toSegment } from "../app/segment.ts";

test("an address can be read, and says no more than was chosen", () => {
  const search = { q: "mug 300", status: "low,sold_out", loc: "berlin", sort: undefined, ch: "" };
  expect(stringifySearch(search)).toBe("?q=mug%20300&status=low,sold_out&loc=berlin");
  expect(stringifySearch({})).toBe("");
});

test.each(["a&b=c", "50%", "#1", "a+b", "杯子", " edge ", "?", "“”", "true", "12", "null", "{}"])(
  "the word %s comes back as it was",
  (value) => {
    expect(parseSearch(stringifySearch({ q: value }))).toEqual({ q: value });
  },
);

test("a word that nobody knows is dropped, and so is an empty one", () => {
  expect(words("q", "loc")({ q: "mug", other: "x", loc: "" })).toEqual({ q: "mug" });
});

test.each([
  "50% ?#&+",
  "杯子:红",
  "%2F",
  "%",
  "a b",
  "..x",
  "<img src=x>",
  "a\\b",
  "trailing ",
  "two  ",
  "%20",
  "x%2520",
  "\u200b",
])("the id %s is one segment of the path, under a prefix too", async (id) => {
  const root = createRootRoute();
  const item = createRoute({
    getParentRoute: () => root,
    path: "/items/$product",
    params: {
      parse: ({ product }) => ({ product: fromSegment(product) }),
      stringify: ({ product }) => ({ product: toSegment(product) }),
    },
  });
  const router = createRouter({
    routeTree: root.addChildren([item]),
    basepath: "/stock/console",
    history: createMemoryHistory({ initialEntries: ["/stock/console/"] }),
    parseSearch,
    stringifySearch,
  });
  const { href } = router.buildLocation({ to: "/items/$product", params: { product: id } } as never);
  expect(new URL(href, "http://x").pathname.startsWith("/stock/console/items/")).toBe(true);
  router.history.push(href);
  await router.load();
  expect(router.state.matches.at(-1)?.params).toEqual({ product: id });
});

test("an address that somebody else wrote keeps its last blank", () => {
  expect(keepBlank("/console/items/mug%20")).toBe("/console/items/mug%2520");
  expect(keepBlank("/console/items/mug%2520")).toBe("/console/items/mug%2520");
  expect(keepBlank("/console/items/50%25")).toBe("/console/items/50%25");
});
