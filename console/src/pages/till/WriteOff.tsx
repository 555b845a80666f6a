import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tillStock } from "../../api/tillQueries.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import type { Till } from "../../parts/tills.ts";
import { planWriteOff } from "./plans.ts";

/** Gives a till's file up. The person has to type its id. */
export function WriteOff({ of, onClose }: { of: Till; onClose: () => void }) {
  const { t } = useTranslation(["till", "app"]);
  const [form, setForm] = useState({ reason: "", withhold: false });
  const { data } = useQuery(tillStock(of.till_id));
  return (
    <CommandForm
      operation="WriteOffTill"
      plan={() => planWriteOff(of, data?.items ?? [], form)}
      onClose={onClose}
      sure={of.till_id}
    >
      {(faults) => (
        <>
          <p>{t("till:will.writeOff")}</p>
          <TextField
            label={t("app:act.reason")}
            value={form.reason}
            onChange={(reason) => setForm({ ...form, reason })}
            fault={faults.reason}
          />
          <ChoiceField
            label={t("till:units")}
            value={form.withhold ? "withhold" : "free"}
            onChange={(value) => setForm({ ...form, withhold: value === "withhold" })}
            choices={[
              { value: "free", label: t("till:will.free") },
              { value: "withhold", label: t("till:will.withhold") },
            ]}
          />
        </>
      )}
    </CommandForm>
  );
}
