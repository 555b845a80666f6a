import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { grouped } from "../../format/decimal.ts";
import type { Column } from "../../parts/DataTable.tsx";
import { Id } from "../../parts/Id.tsx";
import { Changing } from "../../parts/Live.tsx";
import { TillBadge, TillClock } from "../../parts/TillBadge.tsx";
import { Time } from "../../parts/Time.tsx";
import { sinceOf, type Till } from "../../parts/tills.ts";

const figure = (value: number) => <span className={value === 0 ? "figure zero" : "figure"}>{grouped(value)}</span>;

/** The columns of the list of tills. Units are not among them: those of all products add up to no figure. */
export function columnsOf(t: TFunction): Column<Till>[] {
  return [
    {
      key: "till",
      title: t("running:tills.till"),
      width: 180,
      second: (row) => <Id>{row.location_id}</Id>,
      cell: (row) => (
        <Link to="/running/tills/$till" params={{ till: row.till_id }}>
          <Id>{row.till_id}</Id> {row.name && <bdi className="muted">{row.name}</bdi>}
        </Link>
      ),
    },
    {
      key: "place",
      title: t("app:thing.location"),
      width: 140,
      wide: true,
      cell: (row) => <Id>{row.location_id}</Id>,
    },
    {
      key: "state",
      title: t("running:state"),
      width: 130,
      second: (row) => <Time at={sinceOf(row)} />,
      cell: (row) => (
        <Changing value={row.state}>
          <TillBadge state={row.state} />
        </Changing>
      ),
    },
    {
      key: "behind",
      title: t("app:till.behindSince"),
      width: 180,
      wide: true,
      cell: (row) => <Time at={row.state === "behind" ? row.behind_since : undefined} relative />,
    },
    {
      key: "heard",
      title: t("app:till.heard"),
      width: 180,
      wide: true,
      cell: (row) => <Time at={row.heard_at} relative />,
    },
    {
      key: "waits",
      title: t("app:till.waits"),
      width: 120,
      figure: true,
      wide: true,
      cell: (row) => figure(row.last - row.seq),
    },
    {
      key: "products",
      title: t("app:till.products"),
      width: 120,
      figure: true,
      wide: true,
      cell: (row) => figure(row.products),
    },
    {
      key: "clock",
      title: t("app:till.clock"),
      width: 140,
      wide: true,
      cell: (row) => <TillClock of={row} />,
    },
  ];
}
