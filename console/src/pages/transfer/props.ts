import type { Transfer } from "./plans.ts";

/** The subject of an action. */
export interface ActionProps {
  transfer: Transfer;
  onClose: () => void;
}
