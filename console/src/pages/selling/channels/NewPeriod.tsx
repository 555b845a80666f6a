import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Stock } from "../../../parts/allot.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { planReset } from "./plans.ts";

/** A new period begins: what channels sold is counted from 0. */
export function NewPeriod({ stock, onClose }: { stock: Stock; onClose: () => void }) {
  const { t } = useTranslation("selling");
  const [channel, setChannel] = useState("");
  const [reason, setReason] = useState("");
  return (
    <CommandForm operation="ResetSold" plan={() => planReset(stock, channel, reason)} onClose={onClose}>
      {(faults) => (
        <>
          <ChoiceField
            label={t("act.channel")}
            value={channel}
            onChange={setChannel}
            choices={[
              { value: "", label: t("act.allChannels") },
              ...stock.channels.map(({ channel_id }) => ({ value: channel_id, label: channel_id })),
            ]}
            fault={faults.channels}
          />
          <TextField label={t("act.reason")} value={reason} onChange={setReason} fault={faults.reason} />
        </>
      )}
    </CommandForm>
  );
}
