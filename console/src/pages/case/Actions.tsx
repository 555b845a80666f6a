import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../../api/queries.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { Decide } from "./Decide.tsx";
import { type Case, planAssign } from "./plans.ts";

/** The writes of a case. */
export function Actions({ of }: { of: Case }) {
  const { t } = useTranslation("case");
  const off = of.state === "settled" ? t("over") : undefined;
  return (
    <CommandButtons
      location={of.location_id}
      offers={[
        { operation: "DecideCase", off, form: (onClose) => <Decide of={of} onClose={onClose} /> },
        { operation: "AssignCase", off, form: (onClose) => <Assign of={of} onClose={onClose} /> },
      ]}
    />
  );
}

function Assign({ of, onClose }: { of: Case; onClose: () => void }) {
  const { t } = useTranslation("case");
  const { data: who } = useWho();
  const [assignee, setAssignee] = useState(of.assignee ? "" : (who?.operator ?? ""));
  return (
    <CommandForm operation="AssignCase" plan={() => planAssign(of, assignee)} onClose={onClose}>
      {(faults) => (
        <TextField
          label={t("assignee")}
          hint={t("assigneeNote")}
          value={assignee}
          onChange={setAssignee}
          fault={faults.assignee}
        />
      )}
    </CommandForm>
  );
}
