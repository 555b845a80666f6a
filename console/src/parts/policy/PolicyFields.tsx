import { useTranslation } from "react-i18next";
import { addTexts } from "../../app/i18n.ts";
import { ChoiceField, TextField } from "../Field.tsx";
import type { Faults } from "../plan.ts";
import { type Defaults, type Part, partText } from "./inherit.ts";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("policy", { en, zh });

/** The figures of a policy, in the order in which people think of them. */
const figures: { name: Exclude<Part, "at_risk">; unit?: string }[] = [
  { name: "percent", unit: "%" },
  { name: "floor" },
  { name: "ceiling" },
  { name: "level", unit: "%" },
  { name: "rank" },
];

interface Fields {
  form: Record<Part, string>;
  /** The values that apply where a field is left empty, if they are known. */
  defaults: Defaults | undefined;
  faults: Faults;
  onChange: (part: Part, value: string) => void;
}

function useDefaultText(defaults: Defaults | undefined) {
  const { t } = useTranslation(["policy", "app"]);
  return (part: Part): string => {
    if (!defaults) return t("policy:asDefault");
    const { value, from } = defaults[part];
    return t("policy:asDefaultOf", { value: partText(t, part, value), from: t(`policy:from.${from}`) });
  };
}

export function FigureFields({ form, defaults, faults, onChange }: Fields) {
  const { t } = useTranslation(["policy", "app"]);
  const defaultText = useDefaultText(defaults);
  return figures.map(({ name, unit }) => (
    <TextField
      key={name}
      label={t(`policy:part.${name}`)}
      hint={`${t(`policy:hint.${name}`)} ${t("policy:empty", { is: defaultText(name) })}`}
      number
      unit={unit}
      value={form[name]}
      onChange={(value) => onChange(name, value)}
      fault={faults[name]}
    />
  ));
}

/** Whether a till sells at risk. A fault of the form as a whole is shown here, at its end. */
export function RiskField({ form, defaults, faults, onChange }: Fields) {
  const { t } = useTranslation(["policy", "app"]);
  const defaultText = useDefaultText(defaults);
  return (
    <ChoiceField
      label={t("policy:part.at_risk")}
      hint={t("policy:hint.at_risk")}
      value={form.at_risk}
      onChange={(value) => onChange("at_risk", value)}
      choices={[
        { value: "", label: defaultText("at_risk") },
        { value: "no", label: t("app:act.no") },
        { value: "yes", label: t("app:act.yes") },
      ]}
      fault={faults.all}
    />
  );
}
