import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { alertReceivers } from "../../api/alertQueries.ts";
import { type Severity, severities } from "../../parts/alerts.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { PlaceField } from "../../parts/PlaceField.tsx";
import { formOf, type Metric, planRule, type Rule, type RuleForm as Typed, termsOf } from "./rule.ts";
import { Try } from "./Try.tsx";

/** Makes a rule, beginning with a ready-made one, or changes one. */
export function RuleForm(props: { metrics: Metric[]; was?: Rule; known: readonly Rule[]; onClose: () => void }) {
  const { t } = useTranslation(["alerts", "app"]);
  const { metrics, was, known } = props;
  const [form, setForm] = useState<Typed>(() => begin(metrics, was));
  const set = (changed: Partial<Typed>) => setForm({ ...form, ...changed });
  const metric = metrics.find((one) => one.metric === form.metric);
  const may = (name: string) => metric?.may_name?.includes(name) ?? false;
  const read = termsOf(form, metric);
  const name = was ? "SetAlertRule" : "NewAlertRule";
  return (
    <CommandForm
      operation="SetAlertRule"
      name={name}
      plan={() => planRule(form, metric, was, known)}
      onClose={props.onClose}
    >
      {(faults) => (
        <>
          <ChoiceField
            label={t(was ? "alerts:of.metric" : "alerts:preset")}
            hint={t("alerts:presetNote")}
            value={form.metric}
            onChange={(value) => {
              const next = metrics.find((one) => one.metric === value);
              if (next?.example)
                set({ ...formOf(next.example), ...(was ? { id: was.rule_id } : {}), sendTo: form.sendTo });
            }}
            choices={metrics.map((one) => ({ value: one.metric, label: t(`app:alert.metric.${one.metric}`) }))}
          />
          {!was && (
            <TextField label={t("alerts:id")} value={form.id} onChange={(id) => set({ id })} fault={faults.rule_id} />
          )}
          <TextField
            label={t("alerts:of.title")}
            value={form.title}
            onChange={(title) => set({ title })}
            fault={faults.title ?? faults["rule.title"]}
          />
          <TextField
            label={t("alerts:of.condition")}
            hint={t("alerts:conditionNote", { variables: metric?.variables?.join(", ") ?? "" })}
            value={form.condition}
            onChange={(condition) => set({ condition })}
            fault={faults.condition ?? faults["rule.condition"]}
          />
          {may("product_id") && (
            <TextField
              label={t("alerts:of.product_id")}
              hint={t("alerts:allNote")}
              value={form.product}
              onChange={(product) => set({ product })}
              fault={faults.product_id ?? faults["rule.product_id"]}
            />
          )}
          {may("location_id") && (
            <PlaceField
              label={t("alerts:of.location_id")}
              none={t("app:act.all")}
              value={form.location}
              onChange={(location) => set({ location })}
              fault={faults.location_id ?? faults["rule.location_id"]}
            />
          )}
          {may("channel_id") && (
            <TextField
              label={t("alerts:of.channel_id")}
              hint={t("alerts:allNote")}
              value={form.channel}
              onChange={(channel) => set({ channel })}
              fault={faults.channel_id ?? faults["rule.channel_id"]}
            />
          )}
          {(["holds", "clears", "repeats"] as const).map((field) => (
            <TextField
              key={field}
              number
              unit="s"
              label={t(`alerts:of.${inApi[field]}`)}
              value={form[field]}
              onChange={(value) => set({ [field]: value })}
              fault={faults[inApi[field]] ?? faults[`rule.${inApi[field]}`]}
            />
          ))}
          <ChoiceField
            label={t("alerts:of.severity")}
            value={form.severity}
            onChange={(value) => set({ severity: value as Severity })}
            choices={severities.map((value) => ({ value, label: t(`app:alert.severity.${value}`) }))}
          />
          <SendTo value={form.sendTo} onChange={(sendTo) => set({ sendTo })} fault={faults["rule.send_to"]} />
          <ChoiceField
            label={t("alerts:of.enabled")}
            value={form.enabled ? "yes" : "no"}
            onChange={(value) => set({ enabled: value === "yes" })}
            choices={[
              { value: "yes", label: t("app:act.yes") },
              { value: "no", label: t("app:act.no") },
            ]}
          />
          {metric?.tries && <Try terms={"terms" in read ? read.terms : undefined} />}
        </>
      )}
    </CommandForm>
  );
}

const inApi = { holds: "for_seconds", clears: "clear_seconds", repeats: "repeat_seconds" } as const;

function begin(metrics: Metric[], was: Rule | undefined): Typed {
  const first = was ?? metrics[0]?.example;
  if (first) return formOf(first);
  throw new Error("the server names no metric");
}

/** The receivers that get the notice: any of the known ones. */
function SendTo(props: { value: readonly string[]; onChange: (value: string[]) => void; fault: string | undefined }) {
  const { t } = useTranslation("alerts");
  const { data } = useQuery(alertReceivers);
  const known = [...new Set([...(data?.items ?? []).map(({ receiver_id }) => receiver_id), ...props.value])];
  return (
    <fieldset className="choices">
      <legend>{t("of.send_to")}</legend>
      {known.length === 0 && <small className="muted">{t("noReceivers")}</small>}
      {known.map((id) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={props.value.includes(id)}
            onChange={({ target }) =>
              props.onChange(known.filter((one) => (one === id ? target.checked : props.value.includes(one))))
            }
          />{" "}
          <bdi>{id}</bdi>
        </label>
      ))}
      {props.fault && <small className="fault">{props.fault}</small>}
    </fieldset>
  );
}
