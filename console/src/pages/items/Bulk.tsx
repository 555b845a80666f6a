import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ListedItem } from "../../api/types.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { ReasonFields } from "../../parts/ReasonFields.tsx";
import { noReason } from "../../parts/reasons.ts";
import { Allot, mostTried } from "./Allot.tsx";
import { planSales, planThresholds } from "./bulk.ts";
import { Count } from "./Count.tsx";
import { mostRead, Quotas } from "./Quotas.tsx";

type Item = ListedItem["inventory"];

/** The writes of the items that were chosen. */
export function Bulk({ chosen }: { chosen: Item[] }) {
  const { t } = useTranslation("items");
  return (
    <CommandButtons
      offers={[
        { operation: "SetThreshold", form: (onClose) => <Thresholds chosen={chosen} onClose={onClose} /> },
        { operation: "SetSaleStatus", form: (onClose) => <Sales chosen={chosen} onClose={onClose} /> },
        {
          operation: "SetQuotas",
          form: (onClose) => <Quotas chosen={chosen} onClose={onClose} />,
          off: chosen.length > mostRead ? t("quota.many", { count: mostRead }) : undefined,
        },
        {
          operation: "Allot",
          form: (onClose) => <Allot chosen={chosen} onClose={onClose} />,
          off: chosen.length > mostTried ? t("allot.many", { count: mostTried }) : undefined,
        },
      ]}
    />
  );
}

function Thresholds({ chosen, onClose }: { chosen: Item[]; onClose: () => void }) {
  const { t } = useTranslation("items");
  const [threshold, setThreshold] = useState("");
  const [count, setCount] = useState("");
  return (
    <CommandForm operation="SetThreshold" plan={() => planThresholds(chosen, threshold, count)} onClose={onClose}>
      {(faults) => (
        <>
          <TextField
            number
            label={t("threshold")}
            hint={t("thresholdNote")}
            value={threshold}
            onChange={setThreshold}
            fault={faults.low_stock_threshold}
          />
          <Count chosen={chosen} value={count} onChange={setCount} fault={faults.count} />
        </>
      )}
    </CommandForm>
  );
}

function Sales({ chosen, onClose }: { chosen: Item[]; onClose: () => void }) {
  const { t } = useTranslation(["items", "app"]);
  const [on, setOn] = useState(false);
  const [reason, setReason] = useState(noReason);
  const [count, setCount] = useState("");
  return (
    <CommandForm operation="SetSaleStatus" plan={() => planSales(chosen, on, reason, count)} onClose={onClose}>
      {(faults) => (
        <>
          <ChoiceField
            label={t("items:sale")}
            value={on ? "on" : "off"}
            onChange={(value) => setOn(value === "on")}
            choices={[
              { value: "off", label: t("app:state.off_sale") },
              { value: "on", label: t("app:act.onSale") },
            ]}
          />
          <ReasonFields verb="sale_status" value={reason} onChange={setReason} faults={faults} />
          <Count chosen={chosen} value={count} onChange={setCount} fault={faults.count} />
        </>
      )}
    </CommandForm>
  );
}
