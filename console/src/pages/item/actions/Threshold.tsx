import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { TextField } from "../../../parts/Field.tsx";
import { planThreshold } from "./plans.ts";
import type { ActionProps } from "./props.ts";

/** The figure at which the item counts as low. */
export function Threshold({ item, onClose }: ActionProps) {
  const { t } = useTranslation("item");
  const [threshold, setThreshold] = useState("");
  return (
    <CommandForm operation="SetThreshold" plan={() => planThreshold(item, threshold)} onClose={onClose}>
      {(faults) => (
        <TextField
          number
          label={t("act.threshold")}
          hint={t("act.thresholdNote")}
          unit={item.unit}
          value={threshold}
          onChange={setThreshold}
          fault={faults.low_stock_threshold}
        />
      )}
    </CommandForm>
  );
}
