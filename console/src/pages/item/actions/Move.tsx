import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../../../api/itemQueries.ts";
import { decimal } from "../../../format/decimal.ts";
import { wordsOf } from "../../../parts/accounts.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { Answer } from "../../../parts/Frame.tsx";
import { ReasonFields } from "../../../parts/ReasonFields.tsx";
import { noReason } from "../../../parts/reasons.ts";
import { LotField, type LotStock, lotNamed, WithLots } from "./LotField.tsx";
import { type Balance, movable, planMove } from "./plans.ts";
import type { ActionProps } from "./props.ts";

/** Units go from one account of the item to another. */
export function Move(props: ActionProps) {
  const { t } = useTranslation("item");
  const asked = useQuery(accounts(props.item.product_id));
  return (
    <Answer of={asked} what={t("accounts.what")} rows={2}>
      {(data) => {
        const here = data.items.filter(({ location_id }) => location_id === props.item.location_id);
        const balances = here.flatMap((at) => at.accounts);
        return <WithLots item={props.item}>{(lots) => <Form {...props} balances={balances} lots={lots} />}</WithLots>;
      }}
    </Answer>
  );
}

function Form({ item, balances, lots, onClose }: ActionProps & { balances: Balance[]; lots: LotStock[] }) {
  const { t } = useTranslation(["item", "app"]);
  const [from, setFrom] = useState("pool/shared");
  const [to, setTo] = useState("damaged");
  const [quantity, setQuantity] = useState("");
  const [named, setNamed] = useState("");
  const [reason, setReason] = useState(noReason);
  const lot = lotNamed(lots, named);
  const units = movable(balances, lot?.lot);
  const choices = [...units].map(([account, value]) => {
    const { key, name } = wordsOf(account);
    return { value: account, label: `${t(`app:account.${key}`, { name })} · ${decimal(value, item.scale)}` };
  });
  return (
    <CommandForm
      operation="Move"
      plan={() => planMove(item, units, from, to, quantity, reason, lot?.lot)}
      onClose={onClose}
    >
      {(faults) => (
        <>
          <LotField item={item} lots={lots} value={named} onChange={setNamed} />
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
