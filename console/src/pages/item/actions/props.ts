import type { components } from "holdfast-client";

/** The subject of an action: the item as it is shown, and the time of its figures. */
export interface ActionProps {
  item: components["schemas"]["Inventory"];
  asOf: string | undefined;
  onClose: () => void;
}
