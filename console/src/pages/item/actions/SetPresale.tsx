import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { quantity } from "../../../format/decimal.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, MomentField, TextField } from "../../../parts/Field.tsx";
import { type PresaleFields, planPresale, presaleFields } from "./presale.ts";

/** How much of the item may be sold before it is there, and when it is expected. */
export function SetPresale(props: { promises: components["schemas"]["Promises"]; onClose: () => void }) {
  const { t } = useTranslation("item");
  const { promises } = props;
  const [fields, setFields] = useState(() => presaleFields(promises));
  const [reason, setReason] = useState("");
  const set = (changed: Partial<PresaleFields>) => setFields({ ...fields, ...changed });
  const { presale, unit, scale } = promises;
  return (
    <CommandForm operation="SetPromises" plan={() => planPresale(promises, fields, reason)} onClose={props.onClose}>
      {(faults) => (
        <>
          <ChoiceField
            label={t("promised.presale")}
            value={fields.open ? "open" : "closed"}
            onChange={(value) => set({ open: value === "open" })}
            choices={[
              { value: "open", label: t("promised.openIt") },
              { value: "closed", label: t("promised.closeIt") },
            ]}
            fault={fields.open ? undefined : faults.cap}
          />
          {fields.open && (
            <>
              <TextField
                number
                label={t("promised.capLabel")}
                hint={
                  presale && !presale.closed
                    ? t("promised.capNow", { cap: quantity(presale.cap, unit, scale) })
                    : t("promised.capNote")
                }
                unit={unit}
                value={fields.cap}
                onChange={(cap) => set({ cap })}
                fault={faults.cap ?? faults["presale.cap"]}
              />
              <MomentField
                label={t("promised.dateLabel")}
                value={fields.date}
                onChange={(date) => set({ date })}
                fault={faults.date ?? faults["presale.promise_date"]}
              />
              <ChoiceField
                label={t("promised.parts")}
                value={fields.parts ? "yes" : "no"}
                onChange={(value) => set({ parts: value === "yes" })}
                choices={[
                  { value: "no", label: t("promised.no") },
                  { value: "yes", label: t("promised.yes") },
                ]}
              />
              <ChoiceField
                label={t("promised.lowering")}
                value={fields.lowering}
                onChange={(value) => set({ lowering: value as PresaleFields["lowering"] })}
                choices={[
                  { value: "refuse", label: t("promised.refuse") },
                  { value: "wait", label: t("promised.wait") },
                ]}
              />
            </>
          )}
          <TextField label={t("promised.reason")} value={reason} onChange={setReason} fault={faults.reason} />
        </>
      )}
    </CommandForm>
  );
}
