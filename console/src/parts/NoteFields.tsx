import { useTranslation } from "react-i18next";
import { TextField } from "./Field.tsx";
import type { Faults } from "./plan.ts";
import type { Reason } from "./reasons.ts";

/** Why, in words alone, and a document: of writes that name none of the tenant's reasons. */
export function NoteFields(props: { value: Reason; onChange: (value: Reason) => void; faults: Faults }) {
  const { t } = useTranslation("app");
  const { value, onChange, faults } = props;
  return (
    <>
      <TextField
        label={t("act.reason")}
        value={value.text}
        onChange={(text) => onChange({ ...value, text })}
        fault={faults.reason}
      />
      <TextField
        label={t("act.reference")}
        value={value.reference}
        onChange={(reference) => onChange({ ...value, reference })}
        fault={faults.reference}
      />
    </>
  );
}
