import { useQuery } from "@tanstack/react-query";
import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../../api/itemQueries.ts";
import { quantity } from "../../format/decimal.ts";
import { wordsOf } from "../../parts/accounts.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { ReasonFields } from "../../parts/ReasonFields.tsx";
import { noReason } from "../../parts/reasons.ts";
import { lotsThatLeft, planReturn, returnAccounts, returnable } from "./returns.ts";

type Line = components["schemas"]["Reservation"];
type Step = components["schemas"]["OrderStep"];

/** Units of the order that came back: of which line and lot, and where they go. */
export function Return(props: { lines: Line[]; steps: Step[]; onClose: () => void }) {
  const { t } = useTranslation(["order", "app"]);
  const lines = returnable(props.lines);
  const [chosen, choose] = useState(lines[0]?.reservation_id ?? "");
  const line = lines.find(({ reservation_id }) => reservation_id === chosen);
  const asked = useQuery({ ...accounts(line?.product_id ?? ""), enabled: line !== undefined });
  if (!line) return <Empty>{t("order:act.nothingLeft")}</Empty>;
  return (
    <Answer of={asked} what={t("order:act.accounts")} rows={2}>
      {(data) => (
        <Form
          key={chosen}
          line={line}
          lines={lines}
          choose={choose}
          steps={props.steps}
          balances={data.items
            .filter(({ location_id }) => location_id === line.location_id)
            .flatMap((at) => at.accounts)}
          onClose={props.onClose}
        />
      )}
    </Answer>
  );
}

interface FormProps {
  line: Line;
  lines: Line[];
  choose: (reservation: string) => void;
  steps: Step[];
  balances: components["schemas"]["AccountBalance"][];
  onClose: () => void;
}

function Form({ line, lines, choose, steps, balances, onClose }: FormProps) {
  const { t } = useTranslation(["order", "app"]);
  const [to, setTo] = useState("pool/shared");
  const [lot, setLot] = useState("");
  const [units, setUnits] = useState("");
  const [reason, setReason] = useState(noReason);
  const lots = lotsThatLeft(steps, line);
  const account = (value: string) => {
    const { key, name } = wordsOf(value);
    return { value, label: t(`app:account.${key}`, { name }) };
  };
  return (
    <CommandForm
      operation="Return"
      plan={() => planReturn(line, balances, to, lots.get(lot), units, reason)}
      onClose={onClose}
    >
      {(faults) => (
        <>
          <ChoiceField
            label={t("order:act.line")}
            value={line.reservation_id}
            onChange={choose}
            choices={lines.map((one) => ({
              value: one.reservation_id,
              label: `${one.product_id} · ${one.location_id}`,
            }))}
          />
          <TextField
            number
            label={t("order:act.units")}
            hint={t("order:act.leftWith", { units: quantity(line.deducted, line.unit, line.scale) })}
            unit={line.unit}
            value={units}
            onChange={setUnits}
            fault={faults.quantity}
          />
          <ChoiceField
            label={t("order:act.to")}
            value={to}
            onChange={setTo}
            choices={returnAccounts.map(account)}
            fault={faults.to}
          />
          {lots.size > 0 && (
            <ChoiceField
              label={t("order:act.lot")}
              value={lot}
              onChange={setLot}
              choices={[
                { value: "", label: t("app:noLot") },
                ...[...lots.keys()].map((value) => ({ value, label: value })),
              ]}
            />
          )}
          <ReasonFields verb="return" reference value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}
