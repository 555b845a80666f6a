import { useState } from "react";
import { useTranslation } from "react-i18next";
import { quantity } from "../../../format/decimal.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { TextField } from "../../../parts/Field.tsx";
import { ReasonFields } from "../../../parts/ReasonFields.tsx";
import { noReason } from "../../../parts/reasons.ts";
import { planCount } from "./plans.ts";
import type { ActionProps } from "./props.ts";

/** The form of a count: the units that somebody saw on the shelf just now. */
export function Count({ item, asOf, onClose }: ActionProps) {
  const { t } = useTranslation("item");
  const [seen, setSeen] = useState("");
  const [reason, setReason] = useState(noReason);
  return (
    <CommandForm operation="Observe" plan={() => planCount(item, asOf, seen, reason)} onClose={onClose}>
      {(faults) => (
        <>
          <TextField
            number
            label={t("act.seen")}
            hint={t("act.seenNote", { booked: quantity(item.on_hand, item.unit, item.scale) })}
            unit={item.unit}
            value={seen}
            onChange={setSeen}
            fault={faults.seen}
          />
          <ReasonFields verb="observe" reference value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}
