import { useState } from "react";
import { useTranslation } from "react-i18next";
import { quantity } from "../../format/decimal.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { backOf, planEnd } from "./plans.ts";
import type { Campaign } from "./rule.ts";

/** Ends the campaign now, for whoever types its id. */
export function End({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const { t } = useTranslation("campaign");
  const [typed, setTyped] = useState("");
  const back = backOf(campaign.items);
  return (
    <CommandForm operation="EndCampaign" plan={() => planEnd(campaign, typed)} onClose={onClose}>
      {(faults) => (
        <>
          <div>
            <p>{t(back.length > 0 ? "end.back" : "end.nothing")}</p>
            <ul className="plain-list">
              {back.map(({ unit, scale, units, items }) => (
                <li key={`${unit} ${scale}`}>{t("end.sum", { units: quantity(units, unit, scale), count: items })}</li>
              ))}
            </ul>
            {campaign.next_page_token && <p>{t("end.more", { count: campaign.items.length })}</p>}
            <p className="muted">{t("end.note")}</p>
          </div>
          <TextField
            label={t("end.type", { id: campaign.campaign_id })}
            value={typed}
            onChange={setTyped}
            fault={faults.campaign_id}
          />
        </>
      )}
    </CommandForm>
  );
}
