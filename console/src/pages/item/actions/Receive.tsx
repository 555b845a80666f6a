import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { TextField } from "../../../parts/Field.tsx";
import { ReasonFields } from "../../../parts/ReasonFields.tsx";
import { noReason } from "../../../parts/reasons.ts";
import type { ActionProps } from "./Actions.tsx";
import { planReceive } from "./plans.ts";

/** Units that have come in. */
export function Receive({ item, onClose }: ActionProps) {
  const { t } = useTranslation("item");
  const [quantity, setQuantity] = useState("");
  const [reason, setReason] = useState(noReason);
  return (
    <CommandForm operation="Restock" plan={() => planReceive(item, quantity, reason)} onClose={onClose}>
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
          <ReasonFields verb="restock" reference value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}
