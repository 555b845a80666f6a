import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { parseSearch, stringifySearch, words } from "./address.ts";
import { basepath } from "./base.ts";
import { Broken, NoPage } from "./Faults.tsx";
import { Shell } from "./Shell.tsx";
import { fromSegment, keepBlank, toSegment } from "./segment.ts";

const root = createRootRoute({ component: Shell, notFoundComponent: NoPage, errorComponent: Broken });

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("../pages/overview/Page.tsx"), "OverviewPage"),
});

const keyFigures = createRoute({
  getParentRoute: () => root,
  path: "/figures",
  validateSearch: words("tab", "days", "loc", "ch", "product", "span"),
  component: lazyRouteComponent(() => import("../pages/figures/Page.tsx"), "FiguresPage"),
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
  validateSearch: words("loc", "ch", "tab", "n", "at"),
  component: lazyRouteComponent(() => import("../pages/item/Page.tsx"), "ItemPage"),
});

const lots = createRoute({
  getParentRoute: () => root,
  path: "/lots",
  validateSearch: words("loc", "day", "from"),
  component: lazyRouteComponent(() => import("../pages/lots/Page.tsx"), "LotsPage"),
});

const files = createRoute({
  getParentRoute: () => root,
  path: "/files",
  validateSearch: words("import"),
  component: lazyRouteComponent(() => import("../pages/files/Page.tsx"), "FilesPage"),
});

const orders = createRoute({
  getParentRoute: () => root,
  path: "/orders",
  validateSearch: words("q", "state", "loc", "ch", "product", "customer", "due", "sort"),
  component: lazyRouteComponent(() => import("../pages/orders/Page.tsx"), "OrdersPage"),
});

const reservations = createRoute({
  getParentRoute: () => root,
  path: "/orders/reservations",
  validateSearch: words("q", "loc", "ch", "product"),
  component: lazyRouteComponent(() => import("../pages/orders/Reservations.tsx"), "ReservationsPage"),
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
  validateSearch: words("product", "loc", "ch", "order", "operation", "operator", "since", "until", "follow"),
  component: lazyRouteComponent(() => import("../pages/journal/Page.tsx"), "JournalPage"),
});

const places = createRoute({
  getParentRoute: () => root,
  path: "/places",
  validateSearch: words("q"),
  component: lazyRouteComponent(() => import("../pages/places/Page.tsx"), "PlacesPage"),
});

const placeMap = createRoute({
  getParentRoute: () => root,
  path: "/places/map",
  component: lazyRouteComponent(() => import("../pages/placemap/Page.tsx"), "PlaceMapPage"),
});

const transfers = createRoute({
  getParentRoute: () => root,
  path: "/places/transfers",
  validateSearch: words("state", "loc"),
  component: lazyRouteComponent(() => import("../pages/transfers/Page.tsx"), "TransfersPage"),
});

const transfer = createRoute({
  getParentRoute: () => root,
  path: "/transfers/$transfer",
  params: {
    parse: ({ transfer }) => ({ transfer: fromSegment(transfer) }),
    stringify: ({ transfer }) => ({ transfer: toSegment(transfer) }),
  },
  component: lazyRouteComponent(() => import("../pages/transfer/Page.tsx"), "TransferPage"),
});

const inbox = createRoute({
  getParentRoute: () => root,
  path: "/inbox",
  validateSearch: words("view", "kind", "loc", "till"),
  component: lazyRouteComponent(() => import("../pages/inbox/Page.tsx"), "InboxPage"),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/inbox/alerts",
  validateSearch: words("tab", "state", "rule", "product", "loc", "of"),
  component: lazyRouteComponent(() => import("../pages/alerts/Page.tsx"), "AlertsPage"),
});

const alert = createRoute({
  getParentRoute: () => root,
  path: "/alerts/$alert",
  params: {
    parse: (of) => ({ alert: fromSegment(of.alert) }),
    stringify: (of) => ({ alert: toSegment(of.alert) }),
  },
  component: lazyRouteComponent(() => import("../pages/alert/Page.tsx"), "AlertPage"),
});

const oneCase = createRoute({
  getParentRoute: () => root,
  path: "/cases/$case",
  params: {
    parse: (of) => ({ case: fromSegment(of.case) }),
    stringify: (of) => ({ case: toSegment(of.case) }),
  },
  component: lazyRouteComponent(() => import("../pages/case/Page.tsx"), "CasePage"),
});

const running = createRoute({
  getParentRoute: () => root,
  path: "/running",
  validateSearch: words("tab", "key", "display", "state", "loc", "q", "policy"),
  component: lazyRouteComponent(() => import("../pages/running/Page.tsx"), "RunningPage"),
});

const sink = createRoute({
  getParentRoute: () => root,
  path: "/running/sinks/$sink",
  params: {
    parse: ({ sink }) => ({ sink: fromSegment(sink) }),
    stringify: ({ sink }) => ({ sink: toSegment(sink) }),
  },
  component: lazyRouteComponent(() => import("../pages/sink/Page.tsx"), "SinkPage"),
});

const till = createRoute({
  getParentRoute: () => root,
  path: "/running/tills/$till",
  params: {
    parse: ({ till }) => ({ till: fromSegment(till) }),
    stringify: ({ till }) => ({ till: toSegment(till) }),
  },
  component: lazyRouteComponent(() => import("../pages/till/Page.tsx"), "TillPage"),
});

const source = createRoute({
  getParentRoute: () => root,
  path: "/running/sources/$source",
  params: {
    parse: ({ source }) => ({ source: fromSegment(source) }),
    stringify: ({ source }) => ({ source: toSegment(source) }),
  },
  component: lazyRouteComponent(() => import("../pages/source/Page.tsx"), "SourcePage"),
});

export const tree = root.addChildren([
  keyFigures,
  lots,
  files,
  overview,
  items,
  item,
  orders,
  reservations,
  order,
  selling,
  campaign,
  journal,
  places,
  placeMap,
  transfers,
  transfer,
  inbox,
  alerts,
  alert,
  oneCase,
  running,
  sink,
  source,
  till,
]);

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
