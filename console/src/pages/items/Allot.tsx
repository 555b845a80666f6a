import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { allotment } from "../../api/sellingQueries.ts";
import type { ListedItem } from "../../api/types.ts";
import { unitsOf } from "../../format/decimal.ts";
import { type Mode, modes } from "../../parts/allot.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { useDelayed } from "../../parts/useDelayed.ts";
import { planAllots, type Tried } from "./allots.ts";

type Item = ListedItem["inventory"];

/** Of so many at most the dry runs are asked for. */
export const mostTried = 50;

/** Shares the pool of each item that is chosen out among its channels, as a dry run of each says. */
export function Allot({ chosen, onClose }: { chosen: Item[]; onClose: () => void }) {
  const { t } = useTranslation("items");
  const [mode, setMode] = useState<Mode>("pool");
  const [keep, setKeep] = useState("");
  const [reason, setReason] = useState("");
  const rested = useDelayed(keep, 250);
  const queries = chosen.slice(0, mostTried).map(({ product_id, location_id, scale, version }) => {
    const units = unitsOf(rested || "0", scale);
    const trial = units === undefined || units < 0 ? undefined : { product_id, location_id, mode, keep: units };
    return allotment(trial, version);
  });
  const answers = useQueries({ queries });
  // There is no trial while somebody types.
  const tried = rested === keep ? answers.map(({ data, error }): Tried => error ?? data) : [];
  return (
    <CommandForm operation="Allot" only plan={() => planAllots(chosen, tried, mode, keep, reason)} onClose={onClose}>
      {(faults) => (
        <>
          <ChoiceField
            label={t("allot.mode")}
            value={mode}
            onChange={(value) => setMode(value as Mode)}
            choices={modes.map((value) => ({ value, label: t(`allot.${value}`) }))}
          />
          <TextField
            number
            label={t("allot.keep")}
            hint={t("allot.keepNote")}
            value={keep}
            onChange={setKeep}
            fault={faults.keep}
          />
          <TextField label={t("allot.reason")} value={reason} onChange={setReason} fault={faults.reason} />
        </>
      )}
    </CommandForm>
  );
}
