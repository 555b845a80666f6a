import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tillPolicies } from "../../api/tillQueries.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { defaultsOf, type Part } from "../../parts/policy/inherit.ts";
import { FigureFields, RiskField } from "../../parts/policy/PolicyFields.tsx";
import type { Till } from "../../parts/tills.ts";
import { formOf, planPolicy } from "./plans.ts";

/** Which units a till may have. The place of one that is paired stays. */
export function Policy({ of, onClose }: { of: Till; onClose: () => void }) {
  const { t } = useTranslation(["till", "app"]);
  const [form, setForm] = useState(() => formOf(of));
  const { data } = useQuery(tillPolicies);
  // Where there are more policies than were read, the server alone knows which of them counts.
  const known = data && !data.next_page_token ? data.items : undefined;
  const defaults = known && defaultsOf(known, form.location_id.trim(), form.channel_id.trim());
  const onChange = (part: Part, value: string) => setForm({ ...form, [part]: value });
  return (
    <CommandForm only operation="SetTill" plan={() => planPolicy(of, form, defaults)} onClose={onClose}>
      {(faults) => {
        const text = (name: "location_id" | "channel_id" | "name") => (
          <TextField
            key={name}
            label={t(`till:policy.${name}`)}
            hint={t(`till:hint.${name}`)}
            value={form[name]}
            onChange={(value) => setForm({ ...form, [name]: value })}
            fault={faults[name]}
          />
        );
        const shared = { form, defaults, faults, onChange };
        return (
          <>
            {!of.paired && text("location_id")}
            <FigureFields {...shared} />
            {text("channel_id")}
            {text("name")}
            <RiskField {...shared} />
          </>
        );
      }}
    </CommandForm>
  );
}
