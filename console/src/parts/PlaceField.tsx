import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { locations } from "../api/queries.ts";
import { ChoiceField } from "./Field.tsx";

/** A place of a form. */
export function PlaceField({
  none,
  ...props
}: {
  label: string;
  /** The meaning of no choice, where none need be made. */
  none?: string;
  value: string;
  onChange: (value: string) => void;
  fault: string | undefined;
}) {
  const { t } = useTranslation("app");
  const { data } = useQuery(locations);
  const known = data?.items ?? [];
  return (
    <ChoiceField
      {...props}
      choices={[
        { value: "", label: none ?? t("act.choose") },
        ...known.map(({ location_id, name }) => ({
          value: location_id,
          label: name ? `${location_id} · ${name}` : location_id,
        })),
      ]}
    />
  );
}
