import { useQuery } from "@tanstack/react-query";
import type { components } from "holdfast-client";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { lots } from "../../../api/itemQueries.ts";
import { quantity } from "../../../format/decimal.ts";
import { type Choice, ChoiceField } from "../../../parts/Field.tsx";
import { Answer } from "../../../parts/Frame.tsx";
import { lotText } from "../../../parts/lots.ts";

type Item = components["schemas"]["Inventory"];
export type LotStock = components["schemas"]["LotStock"];

/** A form that may be about one of the item's lots. */
export function WithLots({ item, children }: { item: Item; children: (lots: LotStock[]) => ReactNode }) {
  const { t } = useTranslation("item");
  const asked = useQuery(lots(item.product_id, item.location_id));
  return (
    <Answer of={asked} what={t("lots.what")} rows={2}>
      {(data) => children(data.items.filter(({ lot }) => lot))}
    </Answer>
  );
}

/** The lot that has the text. */
export function lotNamed(all: readonly LotStock[], text: string): LotStock | undefined {
  return all.find(({ lot }) => lotText(lot) === text);
}

/** The lot that a write is about; nothing where the item is not kept in lots. */
export function LotField(props: {
  item: Item;
  lots: LotStock[];
  value: string;
  onChange: (value: string) => void;
  /** Choices besides the lots that are there. */
  more?: Choice[];
}) {
  const { t } = useTranslation("item");
  const { item, lots } = props;
  if (lots.length === 0) return null;
  const choices = lots.map(({ lot, on_hand }) => ({
    value: lotText(lot),
    label: `${lotText(lot)} · ${quantity(on_hand, item.unit, item.scale)}`,
  }));
  return (
    <ChoiceField
      label={t("lots.lot")}
      hint={t("act.lotNote")}
      value={props.value}
      onChange={props.onChange}
      choices={[{ value: "", label: t("lots.noLot") }, ...choices, ...(props.more ?? [])]}
    />
  );
}
