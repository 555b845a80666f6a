import type { components } from "holdfast-client";

/** An item as the list shows it: its figures, and what people call it. */
export interface ListedItem {
  inventory: components["schemas"]["Inventory"];
  title?: string;
  seller_id?: string;
  state: "in_stock" | "low" | "sold_out" | "off_sale" | "not_counted" | "oversold";
}

export interface ItemList {
  items: ListedItem[];
  total?: number;
  as_of?: string;
  next_page_token?: string;
}

export interface Suggestion {
  kind: "product" | "location" | "channel" | "order" | "transfer" | "case" | "entry";
  id: string;
  title?: string;
}

/** Who calls, and what that may do. */
export interface Who {
  tenant: string;
  operator: string;
  role: string;
  scopes: string[];
  actions: string[];
  locations?: string[];
  channels?: string[];
}
