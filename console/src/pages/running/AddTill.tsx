import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isTill } from "../../api/tillQueries.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { isTillID, type Till } from "../../parts/tills.ts";
import { useDelayed } from "../../parts/useDelayed.ts";
import { planNewTill } from "./tills.ts";

/** A till is set as a whole. An existing till must not be set anew by its id. */
export function AddTill({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("running");
  const [form, setForm] = useState({ id: "", place: "", name: "" });
  const id = form.id.trim();
  const rested = useDelayed(id, 250);
  const { data } = useQuery(isTill(isTillID(rested) ? rested : ""));
  const known = rested !== id || data === undefined ? "reading" : data ? "taken" : "free";
  return (
    <CommandForm
      operation="SetTill"
      name="NewTill"
      plan={() => planNewTill(form, known)}
      onClose={onClose}
      result={(answer) => {
        const { till_id } = answer as Till;
        return (
          <p>
            <Link to="/running/tills/$till" params={{ till: till_id }}>
              {t("tills.next", { till: till_id })}
            </Link>
          </p>
        );
      }}
    >
      {(faults) => (
        <>
          <TextField
            label={t("tills.id")}
            hint={t("tills.idNote")}
            value={form.id}
            onChange={(id) => setForm({ ...form, id })}
            fault={faults.till_id}
          />
          <TextField
            label={t("tills.place")}
            hint={t("tills.placeNote")}
            value={form.place}
            onChange={(place) => setForm({ ...form, place })}
            fault={faults.location_id}
          />
          <TextField
            label={t("tills.name")}
            hint={t("tills.nameNote")}
            value={form.name}
            onChange={(name) => setForm({ ...form, name })}
            fault={faults.name}
          />
        </>
      )}
    </CommandForm>
  );
}
