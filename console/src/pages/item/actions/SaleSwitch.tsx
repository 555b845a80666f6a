import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { quotas } from "../../../api/itemQueries.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { ReasonFields } from "../../../parts/ReasonFields.tsx";
import { noReason } from "../../../parts/reasons.ts";
import { isOn, planSale } from "./plans.ts";
import type { ActionProps } from "./props.ts";

/** The item is sold or not, on all channels or on one. */
export function SaleSwitch({ item, onClose }: ActionProps) {
  const { t } = useTranslation(["item", "app"]);
  const [channel, setChannel] = useState("");
  const [on, setOn] = useState<boolean | undefined>();
  const [reason, setReason] = useState(noReason);
  const { data } = useQuery(quotas(item.product_id, item.location_id));
  const known = [...new Set([...(data?.channels ?? []).map((one) => one.channel_id), ...(item.channels_off ?? [])])];
  // Without a word it is turned round.
  const wanted = on ?? !isOn(item, channel);
  return (
    <CommandForm operation="SetSaleStatus" plan={() => planSale(item, channel, wanted, reason)} onClose={onClose}>
      {(faults) => (
        <>
          <TextField
            label={t("item:act.channel")}
            hint={
              known.length > 0 ? t("item:act.channelNote", { channels: known.join(", ") }) : t("item:act.channelAll")
            }
            value={channel}
            onChange={setChannel}
            fault={faults.channel_id}
          />
          <ChoiceField
            label={t("item:act.sale")}
            value={wanted ? "on" : "off"}
            onChange={(value) => setOn(value === "on")}
            choices={[
              { value: "on", label: t("app:act.onSale") },
              { value: "off", label: t("app:state.off_sale") },
            ]}
          />
          <ReasonFields verb="sale_status" value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}
