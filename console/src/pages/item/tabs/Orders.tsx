import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { holds } from "../../../api/orderQueries.ts";
import { Answer, Empty } from "../../../parts/Frame.tsx";
import { HoldTable } from "../../../parts/HoldTable.tsx";

export function Orders({ id, loc }: { id: string; loc: string | undefined }) {
  const { t } = useTranslation("item");
  const asked = useQuery(holds({ product_id: id, location_id: loc }));
  return (
    <Answer of={asked} what={t("orders.what")}>
      {(data) =>
        data.items.length === 0 ? (
          <Empty>{t("orders.none")}</Empty>
        ) : (
          <>
            {data.next_page_token && <p className="frame muted">{t("orders.more", { count: data.items.length })}</p>}
            <HoldTable rows={data.items} place={loc === undefined} />
          </>
        )
      }
    </Answer>
  );
}
