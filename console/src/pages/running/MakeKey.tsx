import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { KeyOnce } from "../../parts/KeyOnce.tsx";
import { type Key, type KeyForm, planKey, type Role, roles, scopes, scopesFor } from "./keys.ts";

/** Makes a key for a person or a program. Only this answer has the key. */
export function MakeKey({ known, onClose }: { known: Key[]; onClose: () => void }) {
  const { t } = useTranslation(["running", "app"]);
  const [form, setForm] = useState<KeyForm>({ name: "", role: "viewer", scopes: ["read"], places: "", channels: "" });
  const set = (changed: Partial<KeyForm>) => setForm({ ...form, ...changed });
  return (
    <CommandForm
      operation="CreateKey"
      plan={() => planKey(form, known)}
      onClose={onClose}
      result={(answer) => <KeyOnce secret={(answer as Key).key} />}
    >
      {(faults) => (
        <>
          <TextField
            label={t("running:keyName")}
            hint={t("running:keyNameNote")}
            value={form.name}
            onChange={(name) => set({ name })}
            fault={faults.name}
          />
          <ChoiceField
            label={t("running:role")}
            hint={t(`running:means.${form.role || "none"}`)}
            value={form.role}
            onChange={(value) => set({ role: value as Role, scopes: scopesFor(value as Role) })}
            choices={roles.map((value) => ({ value, label: value ? t(`app:role.${value}`) : t("running:noRole") }))}
          />
          <fieldset className="choices">
            <legend>{t("running:scopes")}</legend>
            {scopes.map((scope) => (
              <label key={scope}>
                <input
                  type="checkbox"
                  checked={form.scopes.includes(scope)}
                  onChange={({ target }) =>
                    set({
                      scopes: scopes.filter((one) => (one === scope ? target.checked : form.scopes.includes(one))),
                    })
                  }
                />{" "}
                <code>{scope}</code>
              </label>
            ))}
            {faults.scopes && <small className="fault">{faults.scopes}</small>}
          </fieldset>
          <TextField
            label={t("running:keyPlaces")}
            hint={t("running:bounds")}
            value={form.places}
            onChange={(places) => set({ places })}
            fault={faults.locations}
          />
          <TextField
            label={t("running:keyChannels")}
            hint={t("running:bounds")}
            value={form.channels}
            onChange={(channels) => set({ channels })}
            fault={faults.channels}
          />
        </>
      )}
    </CommandForm>
  );
}
