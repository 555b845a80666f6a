import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { ItemFilter } from "../../api/itemQueries.ts";
import { grouped } from "../../format/decimal.ts";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { Typed } from "../../parts/Typed.tsx";
import { badges, type ItemState } from "../../states.ts";

type Change = (changed: { [Name in keyof ItemFilter]?: string | undefined }, replace?: boolean) => void;

/** The filter and the address always agree. */
export function Filters(props: { filter: ItemFilter; total: number | undefined; onChange: Change }) {
  const { t } = useTranslation(["items", "app"]);
  const { filter, onChange } = props;
  const states = Object.keys(badges) as ItemState[];
  const count = props.total ?? 0;
  return (
    <search className="filters">
      <Typed value={filter.q} label={t("items:filter")} onChange={(q) => onChange({ q }, true)} width={220} main />
      <PlaceSelect value={filter.loc} onChange={(loc) => onChange({ loc })} />
      <Typed value={filter.ch} label={t("items:channel")} onChange={(ch) => onChange({ ch }, true)} width={120} />
      <Select
        mode="multiple"
        aria-label={t("items:status")}
        placeholder={t("items:status")}
        style={{ minWidth: 150 }}
        maxTagCount={2}
        allowClear
        value={filter.status?.split(",") ?? []}
        options={states.map((state) => ({ value: state, label: <StateBadge state={state} /> }))}
        onChange={(chosen: string[]) => onChange({ status: chosen.join(",") || undefined })}
      />
      {props.total !== undefined && (
        <span className="found" role="status">
          {t("items:found", { count, total: grouped(count) })}
        </span>
      )}
    </search>
  );
}
