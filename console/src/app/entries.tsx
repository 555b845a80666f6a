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
import type { ComponentType } from "react";

export interface Entry {
  name: "overview" | "items" | "orders" | "selling" | "places" | "journal" | "inbox" | "running";
  to: "/" | "/items" | "/orders" | "/selling" | "/places" | "/journal" | "/inbox" | "/running";
  key: string;
  Icon: ComponentType;
}

/** The pages of the side bar, in the order of the day's work. */
export const entries: Entry[] = [
  { name: "overview", to: "/", key: "g o", Icon: DashboardOutlined },
  { name: "items", to: "/items", key: "g i", Icon: AppstoreOutlined },
  { name: "orders", to: "/orders", key: "g r", Icon: FileTextOutlined },
  { name: "selling", to: "/selling", key: "g s", Icon: ApartmentOutlined },
  { name: "places", to: "/places", key: "g p", Icon: ShopOutlined },
  { name: "journal", to: "/journal", key: "g j", Icon: UnorderedListOutlined },
  { name: "inbox", to: "/inbox", key: "g n", Icon: InboxOutlined },
  { name: "running", to: "/running", key: "g h", Icon: SettingOutlined },
];
