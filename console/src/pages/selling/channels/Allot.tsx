import { useQuery } from "@tanstack/react-query";
import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { allotment } from "../../../api/sellingQueries.ts";
import { quantity, unitsOf } from "../../../format/decimal.ts";
import { type Mode, modes, type Stock } from "../../../parts/allot.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { Answer } from "../../../parts/Frame.tsx";
import { useDelayed } from "../../../parts/useDelayed.ts";
import { planAllot } from "./plans.ts";
import { Moves, Trial } from "./Trial.tsx";

type Allotted = components["schemas"]["AllotResponse"];

/** Shares the pool out among the channels. What it would move is tried while the fields are filled in. */
export function Allot({ stock, onClose }: { stock: Stock; onClose: () => void }) {
  const { t } = useTranslation("selling");
  const [mode, setMode] = useState<Mode>("pool");
  const [keep, setKeep] = useState("");
  const [reason, setReason] = useState("");
  const { product_id, location_id, unit, scale, version } = stock;
  const kept = unitsOf(useDelayed(keep, 250) || "0", scale);
  const trial = kept === undefined || kept < 0 ? undefined : { product_id, location_id, mode, keep: kept };
  const asked = useQuery(allotment(trial, version));
  // There is no trial while somebody types.
  const tried = kept === unitsOf(keep || "0", scale) ? asked.data : undefined;
  return (
    <>
      <CommandForm
        operation="Allot"
        only
        plan={() => planAllot(tried, mode, keep, reason, scale)}
        result={(answer) => <Moves of={stock} moves={(answer as Allotted).moves} done />}
        onClose={onClose}
      >
        {(faults) => (
          <>
            <ChoiceField
              label={t("mode.label")}
              hint={t(`mode.note.${mode}`)}
              value={mode}
              onChange={(chosen) => setMode(chosen as Mode)}
              choices={modes.map((value) => ({ value, label: t(`mode.${value}`) }))}
              fault={faults.mode}
            />
            <TextField
              number
              label={t("act.keep")}
              hint={t("act.keepNote", { shared: quantity(stock.shared, unit, scale) })}
              unit={unit}
              value={keep}
              onChange={setKeep}
              fault={faults.keep}
            />
            <TextField label={t("act.reason")} value={reason} onChange={setReason} fault={faults.reason} />
          </>
        )}
      </CommandForm>
      {trial && (
        <Answer of={asked} what={t("trial.what")} rows={2}>
          {(data) => data.stock && <Trial stock={data.stock} moves={data.moves} />}
        </Answer>
      )}
    </>
  );
}
