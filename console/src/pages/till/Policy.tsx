import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tillPolicies } from "../../api/tillQueries.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import type { Till } from "../../parts/tills.ts";
import { defaultsOf, type Part, partText } from "./inherit.ts";
import { formOf, type PolicyForm, planPolicy } from "./plans.ts";

type Text = Exclude<keyof PolicyForm, "at_risk">;

/** The fields of a policy, in the order in which people think of them. */
const fields: { name: Text; part?: Part; unit?: string }[] = [
  { name: "percent", part: "percent", unit: "%" },
  { name: "floor", part: "floor" },
  { name: "ceiling", part: "ceiling" },
  { name: "level", part: "level", unit: "%" },
  { name: "rank", part: "rank" },
  { name: "channel_id" },
  { name: "name" },
];

/** Which units a till may have. The place of one that is paired stays. */
export function Policy({ of, onClose }: { of: Till; onClose: () => void }) {
  const { t } = useTranslation(["till", "app"]);
  const [form, setForm] = useState(() => formOf(of));
  const { data } = useQuery(tillPolicies);
  // Where there are more policies than were read, the server alone knows which of them counts.
  const known = data && !data.next_page_token ? data.items : undefined;
  const defaults = known && defaultsOf(known, form.location_id.trim(), form.channel_id.trim());
  const defaultText = (part: Part): string => {
    if (!defaults) return t("till:asDefault");
    const { value, from } = defaults[part];
    return t("till:asDefaultOf", { value: partText(t, part, value), from: t(`till:from.${from}`) });
  };
  const all: typeof fields = of.paired ? fields : [{ name: "location_id" }, ...fields];
  return (
    <CommandForm only operation="SetTill" plan={() => planPolicy(of, form, defaults)} onClose={onClose}>
      {(faults) => (
        <>
          {all.map(({ name, part, unit }) => (
            <TextField
              key={name}
              label={t(`till:policy.${name}`)}
              hint={
                part
                  ? `${t(`till:hint.${name}`)} ${t("till:empty", { is: defaultText(part) })}`
                  : t(`till:hint.${name}`)
              }
              number={part !== undefined}
              unit={unit}
              value={form[name]}
              onChange={(value) => setForm({ ...form, [name]: value })}
              fault={faults[name]}
            />
          ))}
          <ChoiceField
            label={t("till:policy.at_risk")}
            hint={t("till:hint.at_risk")}
            value={form.at_risk}
            onChange={(at_risk) => setForm({ ...form, at_risk })}
            choices={[
              { value: "", label: defaultText("at_risk") },
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
