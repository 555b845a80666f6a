import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { ReasonFields } from "../../../parts/ReasonFields.tsx";
import { noReason } from "../../../parts/reasons.ts";
import type { ActionProps } from "./Actions.tsx";
import { type AdjustBy, planAdjust } from "./plans.ts";

/** A correction of the books. */
export function Adjust({ item, onClose }: ActionProps) {
  const { t } = useTranslation("item");
  const [by, setBy] = useState<AdjustBy>("delta");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState(noReason);
  return (
    <CommandForm operation="Adjust" plan={() => planAdjust(item, by, value, reason)} onClose={onClose}>
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
          <ReasonFields verb="adjust" reference value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}
