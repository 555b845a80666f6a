import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { locations } from "../api/queries.ts";

export function PlaceSelect(props: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const { t } = useTranslation("app");
  const { data } = useQuery(locations);
  const known = data?.items ?? [];
  const options = known.map(({ location_id, name }) => ({
    value: location_id,
    label: name ? `${location_id} · ${name}` : location_id,
  }));
  // The address may name one that is not described.
  if (props.value && !known.some(({ location_id }) => location_id === props.value)) {
    options.unshift({ value: props.value, label: props.value });
  }
  return (
    <Select
      showSearch={{ optionFilterProp: "label" }}
      allowClear
      aria-label={t("thing.location")}
      placeholder={t("thing.location")}
      style={{ minWidth: 160 }}
      popupMatchSelectWidth={false}
      value={props.value ?? null}
      options={options}
      onChange={(value: string | undefined) => props.onChange(value || undefined)}
    />
  );
}
