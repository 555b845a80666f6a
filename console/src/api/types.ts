import type { components } from "holdfast-client";

type Schemas = components["schemas"];

/** An item as the list shows it. Its figures are always there. */
export type ListedItem = Schemas["Item"] & { inventory: Schemas["Inventory"] };
export type ItemList = Omit<Schemas["ListItemsResponse"], "items"> & { items: ListedItem[] };
export type Suggestion = Schemas["Suggestion"];
