import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, SecretField, TextField } from "../../parts/Field.tsx";
import { formOf, type Kind, planReceiver, type Receiver, type ReceiverForm as Typed } from "./receiver.ts";

/** Makes a receiver or changes one. The server says which settings a kind has. */
export function ReceiverForm(props: {
  kinds: Kind[];
  was?: Receiver;
  known: readonly Receiver[];
  onClose: () => void;
}) {
  const { t } = useTranslation("alerts");
  const { kinds, was, known } = props;
  const [form, setForm] = useState<Typed>(() =>
    was ? formOf(was) : { id: "", kind: kinds[0]?.kind ?? "", settings: {} },
  );
  const kind = kinds.find((one) => one.kind === form.kind);
  const has = was?.kind === form.kind ? (was.secrets ?? []) : [];
  const forget = () => setForm((now) => ({ ...now, settings: {} }));
  return (
    <CommandForm
      operation="SetAlertReceiver"
      name={was ? "SetAlertReceiver" : "NewAlertReceiver"}
      plan={() => planReceiver(form, kind, was, known)}
      onClose={props.onClose}
      onDone={forget}
    >
      {(faults) => (
        <>
          {!was && (
            <TextField
              label={t("id")}
              value={form.id}
              onChange={(id) => setForm({ ...form, id })}
              fault={faults.receiver_id}
            />
          )}
          <ChoiceField
            label={t("kind")}
            value={form.kind}
            onChange={(value) => setForm({ ...form, kind: value, settings: {} })}
            choices={kinds.map((one) => ({
              value: one.kind,
              label: t(`kinds.${one.kind}`, { defaultValue: one.kind }),
            }))}
            fault={faults.kind}
          />
          {kind?.settings.map(({ name, secret }) => {
            const Field = secret ? SecretField : TextField;
            return (
              <Field
                key={name}
                label={t(`setting.${name}`, { defaultValue: name })}
                hint={has.includes(name) ? t("secret.stays") : t(`hint.${name}`, { defaultValue: "" })}
                value={form.settings[name] ?? ""}
                onChange={(value) => setForm({ ...form, settings: { ...form.settings, [name]: value } })}
                fault={faults[name] ?? faults[`settings.${name}`] ?? faults.settings}
              />
            );
          })}
        </>
      )}
    </CommandForm>
  );
}
