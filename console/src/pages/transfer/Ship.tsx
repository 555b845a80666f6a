import { useState } from "react";
import { useTranslation } from "react-i18next";
import { decimal, quantity } from "../../format/decimal.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { NoteFields } from "../../parts/NoteFields.tsx";
import { noReason } from "../../parts/reasons.ts";
import { planShip, typedOf } from "./plans.ts";
import type { ActionProps } from "./props.ts";
import { lineName } from "./scan.ts";

/** The units that leave the sending place, at most those requested. */
export function Ship({ transfer, onClose }: ActionProps) {
  const { t } = useTranslation("transfer");
  const [units, setUnits] = useState<Record<string, string>>({});
  const [expected, setExpected] = useState("");
  const [reason, setReason] = useState(noReason);
  return (
    <CommandForm operation="ShipTransfer" plan={() => planShip(transfer, units, expected, reason)} onClose={onClose}>
      {(faults) => (
        <>
          {transfer.lines.map((line) => {
            const product = lineName(line);
            return (
              <TextField
                key={product}
                number
                label={t("ship", { product })}
                hint={t("asked", { units: quantity(line.requested, line.unit, line.scale) })}
                unit={line.unit}
                value={typedOf(units, product) ?? decimal(line.requested, line.scale).replaceAll(",", "")}
                onChange={(typed) => setUnits({ ...units, [product]: typed })}
                fault={faults[`line ${product}`] ?? faults.all}
              />
            );
          })}
          <TextField moment label={t("expected")} value={expected} onChange={setExpected} fault={faults.expected_at} />
          <NoteFields value={reason} onChange={setReason} faults={faults} />
        </>
      )}
    </CommandForm>
  );
}
