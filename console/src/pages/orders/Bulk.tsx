import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mustCount } from "../../parts/bulk.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { proposedMinutes } from "../../parts/holds.ts";
import { ReasonFields } from "../../parts/ReasonFields.tsx";
import { noReason } from "../../parts/reasons.ts";
import { planExtendAll, planReleaseAll } from "./bulk.ts";

type Hold = components["schemas"]["Reservation"];

/** The writes of the holds that were chosen. */
export function Bulk({ chosen }: { chosen: Hold[] }) {
  return (
    <CommandButtons
      offers={(["Extend", "Release"] as const).map((verb) => ({
        operation: verb,
        form: (onClose: () => void) => <Form verb={verb} chosen={chosen} onClose={onClose} />,
      }))}
    />
  );
}

function Form({ verb, chosen, onClose }: { verb: "Extend" | "Release"; chosen: Hold[]; onClose: () => void }) {
  const { t } = useTranslation("orders");
  const [minutes, setMinutes] = useState(() => proposedMinutes(chosen, Date.now()));
  const [count, setCount] = useState("");
  const [reason, setReason] = useState(noReason);
  const plan = () =>
    verb === "Extend" ? planExtendAll(chosen, minutes, count, Date.now()) : planReleaseAll(chosen, count, reason);
  return (
    <CommandForm operation={verb} plan={plan} onClose={onClose}>
      {(faults) => (
        <>
          {verb === "Extend" && (
            <TextField
              number
              label={t("minutes")}
              hint={t("minutesNote")}
              value={minutes}
              onChange={setMinutes}
              fault={faults.minutes}
            />
          )}
          {verb === "Release" && <ReasonFields verb="release" value={reason} onChange={setReason} faults={faults} />}
          {mustCount(chosen) && (
            <TextField
              number
              label={t("count", { count: chosen.length })}
              value={count}
              onChange={setCount}
              fault={faults.count}
            />
          )}
        </>
      )}
    </CommandForm>
  );
}
