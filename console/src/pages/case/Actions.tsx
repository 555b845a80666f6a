import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../../api/queries.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { Decide } from "./Decide.tsx";
import { type Case, planAssign, planComment } from "./plans.ts";

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
        { operation: "CommentCase", form: (onClose) => <Comment of={of} onClose={onClose} /> },
      ]}
    />
  );
}

function Comment({ of, onClose }: { of: Case; onClose: () => void }) {
  const { t } = useTranslation("case");
  const [text, setText] = useState("");
  return (
    <CommandForm operation="CommentCase" plan={() => planComment(of, text)} onClose={onClose}>
      {(faults) => (
        <TextField label={t("comment")} hint={t("commentNote")} value={text} onChange={setText} fault={faults.text} />
      )}
    </CommandForm>
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
