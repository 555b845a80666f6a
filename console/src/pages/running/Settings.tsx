import { useQuery } from "@tanstack/react-query";
import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { reasons } from "../../api/queries.ts";
import { settings } from "../../api/runningQueries.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Facts } from "../../parts/Facts.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { type Settings as Chosen, formOf, planSettings } from "./settings.ts";

/** The tenant's settings. */
export function Settings() {
  const { t } = useTranslation(["running", "app"]);
  const asked = useQuery(settings);
  const word = (is: boolean) => t(is ? "app:act.yes" : "app:act.no");
  return (
    <>
      <Answer of={asked} what={t("running:settings")} rows={4}>
        {(data) => (
          <>
            <Facts
              facts={[
                [t("running:setting.default_location"), <Id key="place">{data.default_location}</Id>],
                [t("running:setting.public_reads"), word(data.public_reads)],
                [t("running:setting.reasons_required"), word(data.reasons_required)],
                [t("running:setting.returns_unchecked"), word(data.returns_unchecked)],
                [t("running:setting.time_zone"), data.time_zone],
                [t("running:setting.max_ttl_seconds"), String(data.max_ttl_seconds)],
                [t("running:setting.sandbox"), word(data.sandbox)],
              ]}
            />
            <CommandButtons
              offers={[{ operation: "UpdateSettings", form: (onClose) => <Form now={data} onClose={onClose} /> }]}
            />
          </>
        )}
      </Answer>
      <Reasons />
    </>
  );
}

function Form({ now, onClose }: { now: Chosen; onClose: () => void }) {
  const { t } = useTranslation(["running", "app"]);
  const [form, setForm] = useState(() => formOf(now));
  const choices = [
    { value: "yes", label: t("app:act.yes") },
    { value: "no", label: t("app:act.no") },
  ];
  const word = (is: boolean) => (is ? "yes" : "no");
  return (
    <CommandForm operation="UpdateSettings" plan={() => planSettings(now, form)} onClose={onClose}>
      {(faults) => (
        <>
          <TextField
            label={t("running:setting.default_location")}
            hint={t("running:setting.placeNote")}
            value={form.default_location}
            onChange={(default_location) => setForm({ ...form, default_location })}
            fault={faults.default_location}
          />
          <ChoiceField
            label={t("running:setting.public_reads")}
            value={word(form.public_reads)}
            onChange={(value) => setForm({ ...form, public_reads: value === "yes" })}
            choices={choices}
          />
          <ChoiceField
            label={t("running:setting.reasons_required")}
            value={word(form.reasons_required)}
            onChange={(value) => setForm({ ...form, reasons_required: value === "yes" })}
            choices={choices}
          />
          <ChoiceField
            label={t("running:setting.returns_unchecked")}
            value={word(form.returns_unchecked)}
            onChange={(value) => setForm({ ...form, returns_unchecked: value === "yes" })}
            choices={choices}
          />
          <TextField
            label={t("running:setting.time_zone")}
            hint={t("running:setting.zoneNote")}
            value={form.time_zone}
            onChange={(time_zone) => setForm({ ...form, time_zone })}
            fault={faults.time_zone}
          />
          <TextField
            number
            label={t("running:setting.minutes")}
            value={form.minutes}
            onChange={(minutes) => setForm({ ...form, minutes })}
            fault={faults.max_ttl_seconds ?? faults.all}
          />
        </>
      )}
    </CommandForm>
  );
}

type Reason = components["schemas"]["Reason"];

function Reasons() {
  const { t } = useTranslation(["running", "app"]);
  const asked = useQuery(reasons);
  const columns: Column<Reason>[] = [
    { key: "code", title: t("running:reasons.code"), width: 160, cell: (row) => <Id>{row.code}</Id> },
    { key: "title", title: t("running:name"), width: 200, cell: (row) => <bdi>{row.title}</bdi> },
    {
      key: "direction",
      title: t("running:reasons.direction"),
      width: 120,
      wide: true,
      cell: (row) => t(`running:reasons.${row.direction}`),
    },
    {
      key: "active",
      title: t("running:reasons.active"),
      width: 90,
      cell: (row) => t(row.active === false ? "app:act.no" : "app:act.yes"),
    },
  ];
  return (
    <section>
      <h2>{t("running:reasons.title")}</h2>
      <Answer of={asked} what={t("running:reasons.title")} rows={3}>
        {({ items = [] }) =>
          items.length === 0 ? (
            <p className="muted">{t("running:reasons.none")}</p>
          ) : (
            <DataTable label={t("running:reasons.title")} columns={columns} rows={items} rowKey={(row) => row.code} />
          )
        }
      </Answer>
    </section>
  );
}
