import {
  ApartmentOutlined,
  AppstoreOutlined,
  DashboardOutlined,
  FileTextOutlined,
  InboxOutlined,
  SettingOutlined,
  ShopOutlined,
  UnorderedListOutlined,
} from "@ant-design/icons";
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
  staticData: {
    entry: { name: { en: "Overview", zh: "总览" }, keys: "g o", Icon: DashboardOutlined },
    tab: { of: "/", name: { en: "Now", zh: "当前" } },
  },
  component: lazyRouteComponent(() => import("../pages/overview/Page.tsx"), "OverviewPage"),
});

const keyFigures = createRoute({
  getParentRoute: () => root,
  path: "/figures",
  staticData: { tab: { of: "/", name: { en: "Key figures", zh: "关键指标" } } },
  validateSearch: words("tab", "days", "loc", "ch", "product", "span"),
  component: lazyRouteComponent(() => import("../pages/figures/Page.tsx"), "FiguresPage"),
});

const items = createRoute({
  getParentRoute: () => root,
  path: "/items",
  staticData: {
    entry: { name: { en: "Items", zh: "库存" }, keys: "g i", Icon: AppstoreOutlined },
    tab: { of: "/items", name: { en: "Items", zh: "库存" } },
  },
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
  staticData: { tab: { of: "/items", name: { en: "Lots", zh: "批次" } } },
  validateSearch: words("loc", "day", "from"),
  component: lazyRouteComponent(() => import("../pages/lots/Page.tsx"), "LotsPage"),
});

const files = createRoute({
  getParentRoute: () => root,
  path: "/files",
  staticData: { tab: { of: "/items", name: { en: "Files", zh: "文件" } } },
  validateSearch: words("import"),
  component: lazyRouteComponent(() => import("../pages/files/Page.tsx"), "FilesPage"),
});

const orders = createRoute({
  getParentRoute: () => root,
  path: "/orders",
  staticData: { entry: { name: { en: "Orders", zh: "订单" }, keys: "g r", Icon: FileTextOutlined } },
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
  staticData: { entry: { name: { en: "Selling", zh: "渠道" }, keys: "g s", Icon: ApartmentOutlined } },
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
  staticData: { entry: { name: { en: "Journal", zh: "流水" }, keys: "g j", Icon: UnorderedListOutlined } },
  validateSearch: words("product", "loc", "ch", "order", "operation", "operator", "since", "until", "follow"),
  component: lazyRouteComponent(() => import("../pages/journal/Page.tsx"), "JournalPage"),
});

const places = createRoute({
  getParentRoute: () => root,
  path: "/places",
  staticData: {
    entry: { name: { en: "Places", zh: "仓店" }, keys: "g p", Icon: ShopOutlined },
    tab: { of: "/places", name: { en: "Locations", zh: "仓店列表" } },
  },
  validateSearch: words("q"),
  component: lazyRouteComponent(() => import("../pages/places/Page.tsx"), "PlacesPage"),
});

const placeMap = createRoute({
  getParentRoute: () => root,
  path: "/places/map",
  staticData: { tab: { of: "/places", name: { en: "Map", zh: "地图" } } },
  component: lazyRouteComponent(() => import("../pages/placemap/Page.tsx"), "PlaceMapPage"),
});

const transfers = createRoute({
  getParentRoute: () => root,
  path: "/places/transfers",
  staticData: { tab: { of: "/places", name: { en: "Transfers", zh: "调拨" } } },
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
  staticData: {
    entry: { name: { en: "Inbox", zh: "待办" }, keys: "g n", Icon: InboxOutlined },
    tab: { of: "/inbox", name: { en: "Cases", zh: "异常单" } },
  },
  validateSearch: words("view", "kind", "loc", "till"),
  component: lazyRouteComponent(() => import("../pages/inbox/Page.tsx"), "InboxPage"),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/inbox/alerts",
  staticData: { tab: { of: "/inbox", name: { en: "Alerts", zh: "告警" } } },
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
  staticData: { entry: { name: { en: "Running it", zh: "运维" }, keys: "g h", Icon: SettingOutlined } },
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

/** In the order of the day's work: so are the entries of the side bar, and the tabs of each. */
export const tree = root.addChildren([
  overview,
  keyFigures,
  items,
  item,
  lots,
  files,
  orders,
  reservations,
  order,
  selling,
  campaign,
  places,
  placeMap,
  transfers,
  transfer,
  journal,
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
