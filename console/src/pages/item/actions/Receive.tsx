import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { TextField } from "../../../parts/Field.tsx";
import { ReasonFields } from "../../../parts/ReasonFields.tsx";
import { noReason } from "../../../parts/reasons.ts";
import { LotField, type LotStock, WithLots } from "./LotField.tsx";
import { type Incoming, newLot, noLot, planReceive } from "./plans.ts";
import type { ActionProps } from "./props.ts";

/** Units that have come in. */
export function Receive(props: ActionProps) {
  return <WithLots item={props.item}>{(lots) => <Form {...props} lots={lots} />}</WithLots>;
}

function Form({ item, lots, onClose }: ActionProps & { lots: LotStock[] }) {
  const { t } = useTranslation("item");
  const [quantity, setQuantity] = useState("");
  const [lot, setLot] = useState(noLot);
  const set = (changed: Partial<Incoming>) => setLot({ ...lot, ...changed });
  const [reason, setReason] = useState(noReason);
  return (
    <CommandForm operation="Restock" plan={() => planReceive(item, quantity, reason, lot, lots)} onClose={onClose}>
      {(faults) => (
        <>
          <TextField
            number
            label={t("act.received")}
            unit={item.unit}
            value={quantity}
            onChange={setQuantity}
            fault={faults.quantity}
          />
          <LotField
            item={item}
            lots={lots}
            value={lot.choice}
            onChange={(choice) => set({ choice })}
            more={[{ value: newLot, label: t("act.newLot") }]}
          />
          {lot.choice === newLot && (
            <>
              <TextField
                label={t("act.batch")}
                value={lot.batch}
                onChange={(batch) => set({ batch })}
                fault={faults.batch}
              />
              <TextField
                label={t("act.expires")}
                hint={t("act.expiresNote")}
                value={lot.expires}
                onChange={(expires) => set({ expires })}
                fault={faults.expires}
              />
            </>
          )}
          <ReasonFields verb="restock" reference value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}
