import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Alert } from "../../parts/alerts.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { type Act, offOf, planAct } from "./plans.ts";

/** The writes of an alert. */
export function Actions({ of }: { of: Alert }) {
  const { t } = useTranslation("alert");
  const offer = (operation: Act) => {
    const off = offOf(of, operation);
    return {
      operation,
      off: off && t(off),
      form: (onClose: () => void) => <Form act={operation} of={of} onClose={onClose} />,
    };
  };
  return (
    <CommandButtons
      {...(of.location_id ? { location: of.location_id } : {})}
      offers={[offer("AcknowledgeAlert"), offer("MuteAlert"), offer("UnmuteAlert")]}
    />
  );
}

function Form({ act, of, onClose }: { act: Act; of: Alert; onClose: () => void }) {
  const { t } = useTranslation("alert");
  const [note, setNote] = useState("");
  return (
    <CommandForm only operation={act} plan={() => planAct(of, act, note)} onClose={onClose}>
      {(faults) => <TextField label={t("note")} value={note} onChange={setNote} fault={faults.note} />}
    </CommandForm>
  );
}
