import { useState } from "react";
import { useTranslation } from "react-i18next";
import { decimal } from "../../../format/decimal.ts";
import type { Stock } from "../../../parts/allot.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { fieldsOf, planDrop, planSchedule, type Schedule, type ScheduleFields, scheduleModes } from "./schedule.ts";

/** When the channels are allotted to by themselves. */
export function SetSchedule(props: { stock: Stock; schedule: Schedule | null; onClose: () => void }) {
  const { t } = useTranslation("selling");
  const { stock, schedule } = props;
  const kept = decimal(schedule?.keep ?? 0, stock.scale).replaceAll(",", "");
  const [fields, setFields] = useState(() => fieldsOf(schedule, kept));
  const set = (changed: Partial<ScheduleFields>) => setFields({ ...fields, ...changed });
  const choice = (label: string, value: boolean, onChange: (value: boolean) => void) => (
    <ChoiceField
      label={label}
      value={value ? "yes" : "no"}
      onChange={(chosen) => onChange(chosen === "yes")}
      choices={[
        { value: "no", label: t("no") },
        { value: "yes", label: t("yes") },
      ]}
    />
  );
  return (
    <CommandForm
      operation="SetQuotaSchedule"
      plan={() => planSchedule(stock, schedule, fields)}
      onClose={props.onClose}
    >
      {(faults) => (
        <>
          <ChoiceField
            label={t("schedule.by")}
            value={fields.by}
            onChange={(by) => set({ by: by as ScheduleFields["by"] })}
            choices={[
              { value: "daily", label: t("schedule.byDay") },
              { value: "period", label: t("schedule.byPeriod") },
            ]}
          />
          {fields.by === "daily" ? (
            <>
              <TextField
                label={t("schedule.daily")}
                hint={t("schedule.dailyNote")}
                value={fields.daily}
                onChange={(daily) => set({ daily })}
                fault={faults.daily_at}
              />
              <TextField
                label={t("schedule.zone")}
                value={fields.timeZone}
                onChange={(timeZone) => set({ timeZone })}
                fault={faults.time_zone}
              />
            </>
          ) : (
            <TextField
              number
              label={t("schedule.seconds")}
              hint={t("schedule.secondsNote")}
              value={fields.seconds}
              onChange={(seconds) => set({ seconds })}
              fault={faults.every_seconds}
            />
          )}
          <ChoiceField
            label={t("mode.label")}
            hint={t(`mode.note.${fields.mode}`)}
            value={fields.mode}
            onChange={(mode) => set({ mode: mode as Schedule["mode"] })}
            choices={scheduleModes.map((value) => ({ value, label: t(`mode.${value}`) }))}
          />
          <TextField
            number
            label={t("act.keep")}
            unit={stock.unit}
            value={fields.keep}
            onChange={(keep) => set({ keep })}
            fault={faults.keep}
          />
          {choice(t("schedule.reset"), fields.reset, (reset) => set({ reset }))}
          {choice(t("schedule.active"), fields.active, (active) => set({ active }))}
        </>
      )}
    </CommandForm>
  );
}

export function DropSchedule(props: { stock: Stock; schedule: Schedule | null; onClose: () => void }) {
  const { t } = useTranslation("selling");
  return (
    <CommandForm
      operation="DeleteQuotaSchedule"
      plan={() => planDrop(props.stock, props.schedule)}
      onClose={props.onClose}
    >
      {(faults) => <p>{faults.schedule ?? t("schedule.dropNote")}</p>}
    </CommandForm>
  );
}
