import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import type { Till } from "../../parts/tills.ts";
import { formOf, type PolicyForm, planPolicy } from "./plans.ts";

type Text = Exclude<keyof PolicyForm, "at_risk">;

/** The fields of a policy, in the order in which people think of them. */
const fields: { name: Text; number?: boolean; unit?: string }[] = [
  { name: "percent", number: true, unit: "%" },
  { name: "floor", number: true },
  { name: "ceiling", number: true },
  { name: "level", number: true, unit: "%" },
  { name: "rank", number: true },
  { name: "channel_id" },
  { name: "name" },
];

/** Which units a till may have. The place of one that is paired stays. */
export function Policy({ of, onClose }: { of: Till; onClose: () => void }) {
  const { t } = useTranslation(["till", "app"]);
  const [form, setForm] = useState(() => formOf(of));
  const all: typeof fields = of.paired ? fields : [{ name: "location_id" }, ...fields];
  return (
    <CommandForm only operation="SetTill" plan={() => planPolicy(of, form)} onClose={onClose}>
      {(faults) => (
        <>
          {all.map(({ name, number = false, unit }) => (
            <TextField
              key={name}
              label={t(`till:policy.${name}`)}
              hint={t(`till:hint.${name}`)}
              number={number}
              unit={unit}
              value={form[name]}
              onChange={(value) => setForm({ ...form, [name]: value })}
              fault={faults[name]}
            />
          ))}
          <ChoiceField
            label={t("till:policy.at_risk")}
            hint={t("till:hint.at_risk")}
            value={form.at_risk ? "yes" : "no"}
            onChange={(value) => setForm({ ...form, at_risk: value === "yes" })}
            choices={[
              { value: "no", label: t("app:act.no") },
              { value: "yes", label: t("app:act.yes") },
            ]}
            fault={faults.all}
          />
        </>
      )}
    </CommandForm>
  );
}
