import type { UseQueryResult } from "@tanstack/react-query";
import { Link, type LinkProps, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { grouped } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";

/** The fields that sinks and sources share. */
interface Flow {
  name: string;
  kind: string;
  state: string;
  parked: number;
  last_error?: string;
}

/** The sinks or the sources, and the state of each. */
export function FlowTable<Row extends Flow>(props: {
  asked: UseQueryResult<{ items: Row[] }>;
  /** The name of the list, and the sentence where it is empty. */
  what: string;
  none: string;
  /** The page of one of them. */
  page: (name: string) => LinkProps;
  lag: Pick<Column<Row>, "title" | "width" | "cell">;
}) {
  const { t } = useTranslation(["running", "app"]);
  const navigate = useNavigate();
  const columns: Column<Row>[] = [
    {
      key: "name",
      title: t("running:name"),
      width: 160,
      second: (row) => row.kind,
      cell: (row) => (
        <Link {...props.page(row.name)}>
          <Id>{row.name}</Id>
        </Link>
      ),
    },
    { key: "kind", title: t("running:kind"), width: 100, wide: true, cell: (row) => row.kind },
    { key: "state", title: t("app:parked.state"), width: 100, cell: (row) => t(`app:act.flow.${row.state}`) },
    { key: "lag", figure: true, wide: true, ...props.lag },
    {
      key: "parked",
      title: t("app:parked.title"),
      width: 80,
      figure: true,
      cell: (row) => <span className="figure">{grouped(row.parked)}</span>,
    },
    {
      key: "error",
      title: t("running:error"),
      width: 320,
      wide: true,
      cell: (row) => <bdi title={row.last_error}>{row.last_error}</bdi>,
    },
  ];
  return (
    <Answer of={props.asked} what={props.what}>
      {(data) =>
        data.items.length === 0 ? (
          <Empty>{props.none}</Empty>
        ) : (
          <DataTable
            label={props.what}
            columns={columns}
            rows={data.items}
            rowKey={(row) => row.name}
            onOpen={(row) => void navigate(props.page(row.name))}
          />
        )
      }
    </Answer>
  );
}
