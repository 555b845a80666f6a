import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, MomentField, TextField } from "../../parts/Field.tsx";
import { type Campaign, type CampaignFields, fieldsOf, planCampaign } from "./rule.ts";

/** Makes a campaign, or changes its name, text and rule. */
export function Change(props: { id: string; campaign: Campaign | null; onClose: () => void }) {
  const { t } = useTranslation("campaign");
  const { id, campaign } = props;
  const [fields, setFields] = useState(() => fieldsOf(campaign));
  const set = (changed: Partial<CampaignFields>) => setFields({ ...fields, ...changed });
  const limits = ["perOrder", "perCustomer", "holds"] as const;
  return (
    <CommandForm operation="SetCampaign" plan={() => planCampaign(id, campaign, fields)} onClose={props.onClose}>
      {(faults) => (
        <>
          <TextField
            label={t("rule.name")}
            value={fields.name}
            onChange={(name) => set({ name })}
            fault={faults.name}
          />
          <TextField
            label={t("rule.text")}
            value={fields.text}
            onChange={(text) => set({ text })}
            fault={faults.text}
          />
          <MomentField
            label={t("rule.starts")}
            value={fields.starts}
            onChange={(starts) => set({ starts })}
            fault={faults.starts ?? faults["rule.starts_at"]}
          />
          <MomentField
            label={t("rule.ends")}
            value={fields.ends}
            onChange={(ends) => set({ ends })}
            fault={faults.ends ?? faults["rule.ends_at"]}
          />
          {limits.map((name) => (
            <TextField
              key={name}
              number
              label={t(`rule.${name}`)}
              hint={t("limitNote")}
              value={fields[name]}
              onChange={(value) => set({ [name]: value })}
              fault={faults[name]}
            />
          ))}
          <ChoiceField
            label={t("rule.draws")}
            value={fields.draws ? "yes" : "no"}
            onChange={(value) => set({ draws: value === "yes" })}
            choices={[
              { value: "yes", label: t("yes") },
              { value: "no", label: t("no") },
            ]}
          />
          <ChoiceField
            label={t("rule.lends")}
            value={fields.lends}
            onChange={(lends) => set({ lends: lends as CampaignFields["lends"] })}
            choices={[
              { value: "nobody", label: t("lends.nobody") },
              { value: "some", label: t("lends.some") },
              { value: "all", label: t("lends.all") },
            ]}
          />
          {fields.lends === "some" && (
            <TextField
              label={t("rule.lendsTo")}
              hint={t("lendsToNote")}
              value={fields.lendsTo}
              onChange={(lendsTo) => set({ lendsTo })}
              fault={faults.lendsTo ?? faults["rule.lends_to"]}
            />
          )}
          {fields.lends !== "nobody" && (
            <TextField
              number
              label={t("rule.priority")}
              hint={t("priorityNote")}
              value={fields.priority}
              onChange={(priority) => set({ priority })}
              fault={faults.priority}
            />
          )}
        </>
      )}
    </CommandForm>
  );
}
