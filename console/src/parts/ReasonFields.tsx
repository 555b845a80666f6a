import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { reasons } from "../api/queries.ts";
import { ChoiceField, TextField } from "./Field.tsx";
import { type Reason, type ReasonedVerb, reasonsFor } from "./reasons.ts";

/** Why: one of the tenant's reasons, if there are any for the verb, and words. */
export function ReasonFields(props: {
  verb: ReasonedVerb;
  value: Reason;
  onChange: (value: Reason) => void;
  faults: Partial<Record<string, string>>;
  /** Whether the write may name a document. */
  reference?: boolean;
}) {
  const { t } = useTranslation("app");
  const { value, onChange, faults } = props;
  const { data } = useQuery(reasons);
  const known = reasonsFor(data?.items ?? [], props.verb);
  return (
    <>
      {(known.length > 0 || faults.reason_code) && (
        <ChoiceField
          label={t("act.reasonCode")}
          value={value.code}
          onChange={(code) => onChange({ ...value, code })}
          fault={faults.reason_code}
          choices={[
            { value: "", label: "–" },
            ...known.map(({ code, title }) => ({ value: code, label: title ? `${title} · ${code}` : code })),
          ]}
        />
      )}
      <TextField
        label={t("act.reason")}
        value={value.text}
        onChange={(text) => onChange({ ...value, text })}
        fault={faults.reason}
      />
      {props.reference && (
        <TextField
          label={t("act.reference")}
          value={value.reference}
          onChange={(reference) => onChange({ ...value, reference })}
          fault={faults.reference}
        />
      )}
    </>
  );
}
