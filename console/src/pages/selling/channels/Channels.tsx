import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { product, quotas } from "../../../api/itemQueries.ts";
import { quotaSchedule } from "../../../api/sellingQueries.ts";
import { AsOf } from "../../../parts/AsOf.tsx";
import { Answer, Empty } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { Actions } from "./Actions.tsx";
import { ScheduleLine } from "./ScheduleLine.tsx";
import { Shares } from "./Shares.tsx";

/** How the channels share one product at one of its places. */
export function Channels(props: { id: string; loc: string | undefined; onPlace: (loc: string) => void }) {
  const { t } = useTranslation("selling");
  const { id } = props;
  const asked = useQuery(product(id));
  return (
    <Answer of={asked} what={t("item.what")}>
      {(data) => {
        const places = data.locations.map(({ location_id }) => location_id);
        const loc = props.loc ?? (places.length === 1 ? places[0] : undefined);
        return (
          <>
            <div className="filters">
              <Link to="/selling">{t("item.others")}</Link>
              <Id>{id}</Id>
              <Select
                aria-label={t("item.place")}
                placeholder={t("item.place")}
                style={{ minWidth: 200 }}
                popupMatchSelectWidth={false}
                showSearch
                value={loc ?? null}
                options={places.map((place) => ({ value: place, label: place }))}
                onChange={(place: string | null) => place && props.onPlace(place)}
              />
              {loc && (
                <Link to="/items/$product" params={{ product: id }} search={{ loc, tab: "channels" }}>
                  {t("item.switch")}
                </Link>
              )}
            </div>
            {loc ? <AtPlace key={`${id} ${loc}`} id={id} loc={loc} /> : <Empty>{t("item.choosePlace")}</Empty>}
          </>
        );
      }}
    </Answer>
  );
}

function AtPlace({ id, loc }: { id: string; loc: string }) {
  const { t } = useTranslation("selling");
  const asked = useQuery(quotas(id, loc));
  const scheduled = useQuery(quotaSchedule(id, loc));
  return (
    <Answer of={asked} what={t("channels.what")}>
      {(stock) => (
        <>
          <p className="frame">
            <AsOf asOf={stock.as_of} came={asked.dataUpdatedAt} error={asked.error} />
          </p>
          <Shares stock={stock} />
          <h2>{t("schedule.title")}</h2>
          <Answer of={scheduled} what={t("schedule.title")} rows={1}>
            {(schedule) => (
              <>
                <ScheduleLine of={stock} schedule={schedule} />
                <h2>{t("act.title", { version: stock.version })}</h2>
                <Actions stock={stock} schedule={schedule} />
              </>
            )}
          </Answer>
        </>
      )}
    </Answer>
  );
}
