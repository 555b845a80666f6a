import { CommandButtons } from "../../../parts/CommandButton.tsx";
import { Adjust } from "./Adjust.tsx";
import { Count } from "./Count.tsx";
import { Move } from "./Move.tsx";
import type { ActionProps } from "./props.ts";
import { Receive } from "./Receive.tsx";
import { SaleSwitch } from "./SaleSwitch.tsx";
import { Threshold } from "./Threshold.tsx";

/** The actions that people take on an item by hand. */
export function Actions({ item, asOf }: Omit<ActionProps, "onClose">) {
  return (
    <CommandButtons
      key={`${item.product_id} ${item.location_id}`}
      location={item.location_id}
      offers={[
        { operation: "Observe", form: (onClose) => <Count item={item} asOf={asOf} onClose={onClose} /> },
        { operation: "Restock", form: (onClose) => <Receive item={item} asOf={asOf} onClose={onClose} /> },
        { operation: "Adjust", form: (onClose) => <Adjust item={item} asOf={asOf} onClose={onClose} /> },
        { operation: "Move", form: (onClose) => <Move item={item} asOf={asOf} onClose={onClose} /> },
        { operation: "SetThreshold", form: (onClose) => <Threshold item={item} asOf={asOf} onClose={onClose} /> },
        { operation: "SetSaleStatus", form: (onClose) => <SaleSwitch item={item} asOf={asOf} onClose={onClose} /> },
      ]}
    />
  );
}
