import { type getRouteApi, useNavigate } from "@tanstack/react-router";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { stamp } from "../../format/time.ts";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { Typed } from "../../parts/Typed.tsx";

type Search = ReturnType<ReturnType<typeof getRouteApi<"/orders">>["useSearch"]>;

const states = ["active", "committed", "waiting", "confirmed", "cancelled", "expired", "any"];
const soon = [10, 60, 24 * 60];

/** The filters of the list of orders, all of them in the address. */
export function Filters({ search }: { search: Search }) {
  const { t, i18n } = useTranslation(["orders", "app"]);
  const navigate = useNavigate();
  const set = (changed: { [Name in keyof Search]?: string | undefined }, replace = false) => {
    const next = Object.entries({ ...search, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/orders", search: Object.fromEntries(next), replace });
  };
  const typed = (name: "q" | "product" | "ch" | "customer", width: number) => (
    <Typed
      value={search[name]}
      label={t(`orders:${name}`)}
      onChange={(value) => set({ [name]: value }, true)}
      width={width}
      main={name === "q"}
    />
  );
  const due = soon.map((minutes) => ({ value: String(minutes), label: t("orders:dueWithin", { minutes }) }));
  if (search.due) {
    const at = stamp(new Date(search.due), new Date(), i18n.language);
    due.unshift({ value: search.due, label: t("orders:dueBefore", { at }) });
  }
  return (
    <search className="filters">
      {typed("q", 200)}
      <Select
        aria-label={t("orders:state")}
        style={{ minWidth: 150 }}
        popupMatchSelectWidth={false}
        value={search.state ?? "active"}
        options={states.map((value) => ({ value, label: t(`orders:states.${value}`) }))}
        onChange={(state: string) => set({ state: state === "active" ? undefined : state })}
      />
      {typed("product", 140)}
      <PlaceSelect value={search.loc} onChange={(loc) => set({ loc })} />
      {typed("ch", 120)}
      {typed("customer", 130)}
      <Select
        aria-label={t("orders:due")}
        placeholder={t("orders:due")}
        style={{ minWidth: 140 }}
        popupMatchSelectWidth={false}
        allowClear
        value={search.due ?? null}
        options={due}
        onChange={(chosen: string | undefined) => set({ due: chosen && momentOf(chosen) })}
      />
      <Select
        aria-label={t("orders:sort")}
        style={{ minWidth: 130 }}
        value={search.sort ?? "newest"}
        options={["newest", "due"].map((value) => ({ value, label: t(`orders:sorts.${value}`) }))}
        onChange={(sort: string) => set({ sort: sort === "newest" ? undefined : sort })}
      />
    </search>
  );
}

/** So many minutes from now, as the address has it; a moment stays what it is. */
function momentOf(chosen: string): string {
  const minutes = Number(chosen);
  return minutes ? new Date(Date.now() + minutes * 60_000).toISOString() : chosen;
}
