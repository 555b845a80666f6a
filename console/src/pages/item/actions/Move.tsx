import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../../../api/queries.ts";
import { decimal } from "../../../format/decimal.ts";
import { wordsOf } from "../../../parts/accounts.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { Answer } from "../../../parts/Frame.tsx";
import { ReasonFields } from "../../../parts/ReasonFields.tsx";
import { noReason } from "../../../parts/reasons.ts";
import type { ActionProps } from "./Actions.tsx";
import { movable, planMove } from "./plans.ts";

/** Units go from one account of the item to another. */
export function Move(props: ActionProps) {
  const { t } = useTranslation("item");
  const asked = useQuery(accounts(props.item.product_id));
  return (
    <Answer of={asked} what={t("accounts.what")} rows={2}>
      {(data) => {
        const here = data.items.filter(({ location_id }) => location_id === props.item.location_id);
        return <Form {...props} units={movable(here.flatMap((at) => at.accounts))} />;
      }}
    </Answer>
  );
}

function Form({ item, units, onClose }: ActionProps & { units: Map<string, number> }) {
  const { t } = useTranslation(["item", "app"]);
  const [from, setFrom] = useState("pool/shared");
  const [to, setTo] = useState("damaged");
  const [quantity, setQuantity] = useState("");
  const [reason, setReason] = useState(noReason);
  const choices = [...units].map(([account, value]) => {
    const { key, name } = wordsOf(account);
    return { value: account, label: `${t(`app:account.${key}`, { name })} · ${decimal(value, item.scale)}` };
  });
  return (
    <CommandForm operation="Move" plan={() => planMove(item, units, from, to, quantity, reason)} onClose={onClose}>
      {(faults) => (
        <>
          <ChoiceField
            label={t("item:act.from")}
            value={from}
            onChange={setFrom}
            choices={choices}
            fault={faults.from}
          />
          <ChoiceField label={t("item:act.to")} value={to} onChange={setTo} choices={choices} fault={faults.to} />
          <TextField
            number
            label={t("item:act.units")}
            unit={item.unit}
            value={quantity}
            onChange={setQuantity}
            fault={faults.quantity}
          />
          <ReasonFields verb="move" reference value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}
