import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { ReasonFields } from "../../../parts/ReasonFields.tsx";
import { noReason } from "../../../parts/reasons.ts";
import { LotField, type LotStock, lotNamed, WithLots } from "./LotField.tsx";
import { type AdjustBy, planAdjust } from "./plans.ts";
import type { ActionProps } from "./props.ts";

/** A correction of the books. */
export function Adjust(props: ActionProps) {
  return <WithLots item={props.item}>{(lots) => <Form {...props} lots={lots} />}</WithLots>;
}

function Form({ item, lots, onClose }: ActionProps & { lots: LotStock[] }) {
  const { t } = useTranslation("item");
  const [by, setBy] = useState<AdjustBy>("delta");
  const [value, setValue] = useState("");
  const [lot, setLot] = useState("");
  const [reason, setReason] = useState(noReason);
  const plan = () => planAdjust(item, by, value, reason, lotNamed(lots, lot));
  return (
    <CommandForm operation="Adjust" plan={plan} onClose={onClose}>
      {(faults) => (
        <>
          <ChoiceField
            label={t("act.adjustBy")}
            value={by}
            onChange={(chosen) => setBy(chosen as AdjustBy)}
            choices={[
              { value: "delta", label: t("act.delta") },
              { value: "set_to", label: t("act.setTo") },
            ]}
          />
          <TextField
            number
            label={t("act.units")}
            hint={by === "delta" ? t("act.deltaNote") : undefined}
            unit={item.unit}
            value={value}
            onChange={setValue}
            fault={faults.delta ?? faults.set_to}
          />
          <LotField item={item} lots={lots} value={lot} onChange={setLot} />
          <ReasonFields verb="adjust" reference value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}
