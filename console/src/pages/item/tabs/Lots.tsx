import { useQuery } from "@tanstack/react-query";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { lots } from "../../../api/itemQueries.ts";
import { CommandButtons } from "../../../parts/CommandButton.tsx";
import { type Column, DataTable } from "../../../parts/DataTable.tsx";
import { Answer, Empty } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { LotName } from "../../../parts/LotName.tsx";
import { lotText } from "../../../parts/lots.ts";
import { Quantity } from "../../../parts/Quantity.tsx";
import { Time } from "../../../parts/Time.tsx";
import { Recall } from "../actions/Recall.tsx";

type Row = components["schemas"]["LotStock"];

export function Lots({ id, loc }: { id: string; loc: string | undefined }) {
  const { t } = useTranslation("item");
  const asked = useQuery(lots(id, loc));
  return (
    <Answer of={asked} what={t("lots.what")}>
      {(data) => {
        if (!data.items.some(({ lot }) => lot)) return <Empty>{t("lots.none")}</Empty>;
        const figure = (
          key: "available" | "held" | "withheld" | "on_hand",
          title: string,
          wide = false,
        ): Column<Row> => ({
          key,
          title,
          width: 110,
          figure: true,
          wide,
          cell: (row) => <Quantity of={data} value={row[key]} />,
        });
        const columns: Column<Row>[] = [
          { key: "lot", title: t("lots.lot"), width: 220, cell: (row) => <LotName of={row.lot} /> },
          ...(loc === undefined
            ? [{ key: "place", title: t("lots.place"), width: 120, cell: (row: Row) => <Id>{row.location_id}</Id> }]
            : []),
          {
            key: "expires",
            title: t("lots.expires"),
            width: 150,
            figure: true,
            cell: (row) => <Time at={row.expires_at} />,
          },
          {
            key: "state",
            title: t("lots.state"),
            width: 110,
            cell: (row) => t(row.recalled ? "lots.recalled" : row.sellable ? "lots.sellable" : "lots.notSellable"),
          },
          figure("available", t("lots.available")),
          figure("held", t("lots.held"), true),
          figure("withheld", t("lots.withheld"), true),
          figure("on_hand", t("lots.onHand"), true),
        ];
        const recall = (lift: boolean, name: string) => ({
          operation: "RecallLot" as const,
          name,
          form: (onClose: () => void) => <Recall id={id} loc={loc} lift={lift} onClose={onClose} />,
        });
        return (
          <>
            <CommandButtons
              {...(loc ? { location: loc } : {})}
              offers={[recall(false, "RecallLot"), recall(true, "LiftRecall")]}
            />
            <DataTable
              label={t("tab.lots")}
              columns={columns}
              rows={data.items}
              rowKey={(row) => `${row.location_id} ${lotText(row.lot)}`}
            />
          </>
        );
      }}
    </Answer>
  );
}
