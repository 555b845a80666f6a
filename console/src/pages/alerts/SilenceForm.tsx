import { useState } from "react";
import { useTranslation } from "react-i18next";
import { typedMoment } from "../../format/time.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { MomentField, TextField } from "../../parts/Field.tsx";
import { PlaceField } from "../../parts/PlaceField.tsx";
import { idAt, planSilence, type Silence, type SilenceForm as Typed } from "./silence.ts";

/** A silence begins with the next two hours. */
const usual = 2 * 3_600_000;

/** Makes a silence. */
export function SilenceForm({ known, onClose }: { known: readonly Silence[]; onClose: () => void }) {
  const { t } = useTranslation(["alerts", "app"]);
  const [form, setForm] = useState<Typed>(() => {
    const until = typedMoment(new Date(Date.now() + usual).toISOString());
    return { id: idAt(new Date()), rule: "", product: "", location: "", channel: "", from: "", until, reason: "" };
  });
  const set = (changed: Partial<Typed>) => setForm({ ...form, ...changed });
  return (
    <CommandForm operation="SetAlertSilence" plan={() => planSilence(form, known, new Date())} onClose={onClose}>
      {(faults) => (
        <>
          <TextField
            label={t("app:act.reason")}
            value={form.reason}
            onChange={(reason) => set({ reason })}
            fault={faults.reason}
          />
          <TextField
            label={t("alerts:of.rule_id")}
            hint={t("alerts:allNote")}
            value={form.rule}
            onChange={(rule) => set({ rule })}
            fault={faults.rule_id}
          />
          <TextField
            label={t("alerts:of.product_id")}
            hint={t("alerts:allNote")}
            value={form.product}
            onChange={(product) => set({ product })}
            fault={faults.product_id}
          />
          <PlaceField
            label={t("alerts:of.location_id")}
            none={t("app:act.all")}
            value={form.location}
            onChange={(location) => set({ location })}
            fault={faults.location_id}
          />
          <TextField
            label={t("alerts:of.channel_id")}
            hint={t("alerts:allNote")}
            value={form.channel}
            onChange={(channel) => set({ channel })}
            fault={faults.channel_id}
          />
          <MomentField
            label={t("alerts:from")}
            value={form.from}
            onChange={(from) => set({ from })}
            fault={faults.from}
          />
          <MomentField
            label={t("alerts:until")}
            value={form.until}
            onChange={(until) => set({ until })}
            fault={faults.until}
          />
          <TextField label={t("alerts:id")} value={form.id} onChange={(id) => set({ id })} fault={faults.silence_id} />
        </>
      )}
    </CommandForm>
  );
}
