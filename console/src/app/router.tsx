import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { parseSearch, stringifySearch, words } from "./address.ts";
import { basepath } from "./base.ts";
import { Broken, NoPage } from "./Faults.tsx";
import { Shell } from "./Shell.tsx";
import { fromSegment, keepBlank, toSegment } from "./segment.ts";

const root = createRootRoute({ component: Shell, notFoundComponent: NoPage, errorComponent: Broken });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/items", replace: true });
  },
});

const items = createRoute({
  getParentRoute: () => root,
  path: "/items",
  validateSearch: words("q", "status", "loc", "ch", "product", "seller", "sort"),
  component: lazyRouteComponent(() => import("../pages/items/Page.tsx"), "ItemsPage"),
});

const item = createRoute({
  getParentRoute: () => root,
  path: "/items/$product",
  params: {
    parse: ({ product }) => ({ product: fromSegment(product) }),
    stringify: ({ product }) => ({ product: toSegment(product) }),
  },
  validateSearch: words("loc", "ch", "tab", "n"),
  component: lazyRouteComponent(() => import("../pages/item/Page.tsx"), "ItemPage"),
});

const orders = createRoute({
  getParentRoute: () => root,
  path: "/orders",
  validateSearch: words("q", "loc", "ch", "product"),
  component: lazyRouteComponent(() => import("../pages/orders/Page.tsx"), "OrdersPage"),
});

const order = createRoute({
  getParentRoute: () => root,
  path: "/orders/$order",
  params: {
    parse: ({ order }) => ({ order: fromSegment(order) }),
    stringify: ({ order }) => ({ order: toSegment(order) }),
  },
  component: lazyRouteComponent(() => import("../pages/order/Page.tsx"), "OrderPage"),
});

const selling = createRoute({
  getParentRoute: () => root,
  path: "/selling",
  validateSearch: words("tab", "product", "loc", "q", "ch", "state"),
  component: lazyRouteComponent(() => import("../pages/selling/Page.tsx"), "SellingPage"),
});

const campaign = createRoute({
  getParentRoute: () => root,
  path: "/selling/campaigns/$campaign",
  params: {
    parse: ({ campaign }) => ({ campaign: fromSegment(campaign) }),
    stringify: ({ campaign }) => ({ campaign: toSegment(campaign) }),
  },
  component: lazyRouteComponent(() => import("../pages/campaign/Page.tsx"), "CampaignPage"),
});

const journal = createRoute({
  getParentRoute: () => root,
  path: "/journal",
  validateSearch: words("product", "loc", "ch", "order", "operation", "operator", "since", "until"),
  component: lazyRouteComponent(() => import("../pages/journal/Page.tsx"), "JournalPage"),
});

const places = createRoute({
  getParentRoute: () => root,
  path: "/places",
  validateSearch: words("q"),
  component: lazyRouteComponent(() => import("../pages/places/Page.tsx"), "PlacesPage"),
});

export const tree = root.addChildren([home, items, item, orders, order, selling, campaign, journal, places]);

const { pathname, search, hash } = window.location;
if (keepBlank(pathname) !== pathname) window.history.replaceState(null, "", keepBlank(pathname) + search + hash);

export const router = createRouter({
  routeTree: tree,
  basepath,
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  scrollRestoration: false,
  trailingSlash: "never",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
