import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { quantity } from "../../format/decimal.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { proposedMinutes } from "../../parts/holds.ts";
import { lotText } from "../../parts/lots.ts";
import type { Faults, Planned } from "../../parts/plan.ts";
import { ReasonFields } from "../../parts/ReasonFields.tsx";
import { noReason } from "../../parts/reasons.ts";
import { chosenLines, planCommit, planExtend, planLeave } from "./plans.ts";
import { Return } from "./Return.tsx";

type Line = components["schemas"]["Reservation"];
type Step = components["schemas"]["OrderStep"];
type Verb = "Commit" | "Extend" | "Release" | "Deduct";

interface OrderProps {
  order: string;
  lines: Line[];
}

const verbs: Verb[] = ["Commit", "Extend", "Release", "Deduct"];

/** The actions that people take on an order by hand. */
export function Actions({ steps, ...props }: OrderProps & { steps: Step[] }) {
  return (
    <CommandButtons
      offers={[
        ...verbs.map((verb) => ({
          operation: verb,
          form: (onClose: () => void) => <Form {...props} verb={verb} onClose={onClose} />,
        })),
        { operation: "Return", form: (onClose) => <Return lines={props.lines} steps={steps} onClose={onClose} /> },
      ]}
    />
  );
}

function Form({ order, lines, verb, onClose }: OrderProps & { verb: Verb; onClose: () => void }) {
  const { t } = useTranslation("order");
  const [line, setLine] = useState("");
  const [lot, setLot] = useState("");
  const [units, setUnits] = useState("");
  const [opened] = useState(() => Date.now());
  const [typed, setMinutes] = useState<string>();
  const [reason, setReason] = useState(noReason);
  const leaves = verb === "Deduct" || verb === "Release";
  const [held] = line === "" ? [] : chosenLines(lines, line);
  const minutes = typed ?? proposedMinutes(chosenLines(lines, line), opened);

  function plan(): Planned {
    if (verb === "Commit") return planCommit(order, lines, line);
    if (verb === "Extend") return planExtend(order, lines, line, minutes, Date.now());
    return planLeave(verb, order, lines, line, units, reason, lot);
  }

  const fields = (faults: Faults) => (
    <>
      <ChoiceField
        label={t("act.line")}
        value={line}
        onChange={(chosen) => {
          setLine(chosen);
          setLot("");
        }}
        fault={faults.line}
        choices={[
          { value: "", label: t("act.all") },
          ...chosenLines(lines, "").map((one) => ({
            value: one.reservation_id,
            label: `${one.product_id} · ${one.location_id} · ${quantity(one.quantity, one.unit, one.scale)}`,
          })),
        ]}
      />
      {leaves && held?.lots && held.lots.length > 0 && (
        <ChoiceField
          label={t("act.lot")}
          value={lot}
          onChange={setLot}
          fault={faults.lot}
          choices={[
            { value: "", label: t("act.anyLot") },
            ...held.lots.map((of) => ({
              value: lotText(of.lot),
              label: `${lotText(of.lot)} · ${quantity(of.quantity ?? 0, held.unit, held.scale)}`,
            })),
          ]}
        />
      )}
      {leaves && line !== "" && (
        <TextField
          number
          label={t("act.units")}
          hint={t(lot ? "act.lotUnitsNote" : "act.unitsNote")}
          unit={held?.unit}
          value={units}
          onChange={setUnits}
          fault={faults.quantity}
        />
      )}
      {verb === "Extend" && (
        <TextField
          number
          label={t("act.minutes")}
          hint={t("act.minutesNote")}
          value={minutes}
          onChange={setMinutes}
          fault={faults.minutes ?? faults.ttl_seconds}
        />
      )}
      {verb === "Release" && <ReasonFields verb="release" value={reason} onChange={setReason} faults={faults} />}
    </>
  );
  return (
    <CommandForm operation={verb} plan={plan} onClose={onClose}>
      {fields}
    </CommandForm>
  );
}
