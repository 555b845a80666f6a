import {
  AppstoreOutlined,
  FileTextOutlined,
  InboxOutlined,
  ShopOutlined,
  UnorderedListOutlined,
} from "@ant-design/icons";
import type { ComponentType } from "react";

export interface Entry {
  name: "items" | "orders" | "places" | "journal" | "inbox";
  to: "/items" | "/orders" | "/places" | "/journal" | "/inbox";
  key: string;
  Icon: ComponentType;
}

/** The pages of the side bar, in the order of the day's work. */
export const entries: Entry[] = [
  { name: "items", to: "/items", key: "g i", Icon: AppstoreOutlined },
  { name: "orders", to: "/orders", key: "g r", Icon: FileTextOutlined },
  { name: "places", to: "/places", key: "g p", Icon: ShopOutlined },
  { name: "journal", to: "/journal", key: "g j", Icon: UnorderedListOutlined },
  { name: "inbox", to: "/inbox", key: "g n", Icon: InboxOutlined },
];
