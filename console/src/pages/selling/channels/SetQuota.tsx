import { useState } from "react";
import { useTranslation } from "react-i18next";
import { quantity } from "../../../format/decimal.ts";
import type { Stock } from "../../../parts/allot.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { type Lowering, planQuota, type QuotaFields } from "./plans.ts";

/** The quota, the weight and the level of one channel. */
export function SetQuota({ stock, onClose }: { stock: Stock; onClose: () => void }) {
  const { t } = useTranslation("selling");
  const [fields, setFields] = useState<QuotaFields>({
    channel: stock.channels[0]?.channel_id ?? "",
    quota: "",
    weight: "",
    level: "",
    lowering: "refuse",
  });
  const [reason, setReason] = useState("");
  const set = (changed: Partial<QuotaFields>) => setFields({ ...fields, ...changed });
  const { unit } = stock;
  const known = stock.channels.map(({ channel_id }) => channel_id);
  const now = stock.channels.find(({ channel_id }) => channel_id === fields.channel);
  const isNow = (value: number, of?: { unit?: string; scale?: number }) =>
    t("act.now", { value: quantity(value, of?.unit, of?.scale) });
  return (
    <CommandForm operation="SetQuotas" plan={() => planQuota(stock, fields, reason)} onClose={onClose}>
      {(faults) => (
        <>
          <TextField
            label={t("act.channel")}
            hint={known.length > 0 ? t("act.channelKnown", { channels: known.join(", ") }) : t("act.channelNew")}
            value={fields.channel}
            onChange={(channel) => set({ channel })}
            fault={faults.channel_id}
          />
          <TextField
            number
            label={t("act.quota")}
            hint={now ? isNow(now.quota, stock) : t("act.quotaNote")}
            unit={unit}
            value={fields.quota}
            onChange={(quota) => set({ quota })}
            fault={faults.quota}
          />
          <TextField
            number
            label={t("act.weight")}
            hint={now ? isNow(now.weight) : t("act.weightNote")}
            value={fields.weight}
            onChange={(weight) => set({ weight })}
            fault={faults.weight}
          />
          <TextField
            number
            label={t("act.level")}
            hint={now ? isNow(now.level, stock) : t("act.levelNote")}
            unit={unit}
            value={fields.level}
            onChange={(level) => set({ level })}
            fault={faults.level}
          />
          <ChoiceField
            label={t("act.lowering")}
            value={fields.lowering}
            onChange={(lowering) => set({ lowering: lowering as Lowering })}
            choices={[
              { value: "refuse", label: t("act.refuse") },
              { value: "wait", label: t("act.wait") },
            ]}
          />
          <TextField label={t("act.reason")} value={reason} onChange={setReason} fault={faults.reason} />
        </>
      )}
    </CommandForm>
  );
}
