import { useTranslation } from "react-i18next";
import type { ListedItem } from "../../api/types.ts";
import { mustCount } from "../../parts/bulk.ts";
import { TextField } from "../../parts/Field.tsx";

type Item = ListedItem["inventory"];

/** To change many items, a person has to type how many. */
export function Count(props: {
  chosen: Item[];
  value: string;
  onChange: (value: string) => void;
  fault: string | undefined;
}) {
  const { t } = useTranslation("items");
  if (!mustCount(props.chosen)) return null;
  return (
    <TextField
      number
      label={t("count", { count: props.chosen.length })}
      value={props.value}
      onChange={props.onChange}
      fault={props.fault}
    />
  );
}
