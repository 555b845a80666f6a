import {
  ApartmentOutlined,
  AppstoreOutlined,
  FileTextOutlined,
  ShopOutlined,
  UnorderedListOutlined,
} from "@ant-design/icons";
import type { ComponentType } from "react";

export interface Entry {
  name: "items" | "orders" | "selling" | "places" | "journal";
  to: "/items" | "/orders" | "/selling" | "/places" | "/journal";
  key: string;
  Icon: ComponentType;
}

/** The pages of the side bar, in the order of the day's work. */
export const entries: Entry[] = [
  { name: "items", to: "/items", key: "g i", Icon: AppstoreOutlined },
  { name: "orders", to: "/orders", key: "g r", Icon: FileTextOutlined },
  { name: "selling", to: "/selling", key: "g s", Icon: ApartmentOutlined },
  { name: "places", to: "/places", key: "g p", Icon: ShopOutlined },
  { name: "journal", to: "/journal", key: "g j", Icon: UnorderedListOutlined },
];
