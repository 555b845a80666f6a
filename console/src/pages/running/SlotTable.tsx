import { useTranslation } from "react-i18next";
import { grouped } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { allBuckets, type BucketMove, movesOf, type Node, nameIn, type Slot, stripOf } from "./fleet.ts";

/** The slots, each with its buckets as a strip of the bucket map. */
export function SlotTable(props: { rows: Slot[]; moves: BucketMove[]; nodes: Node[] }) {
  const { t } = useTranslation("running");
  const columns: Column<Slot>[] = [
    { key: "slot", title: t("slots.slot"), width: 60, figure: true, cell: (row) => String(row.slot) },
    {
      key: "database",
      title: t("slots.database"),
      width: 120,
      second: (row) => t("slots.set", { kind: row.kind, set: row.set }),
      cell: (row) => <bdi>{row.database}</bdi>,
    },
    {
      key: "set",
      title: t("slots.tables"),
      width: 120,
      wide: true,
      cell: (row) => t("slots.set", { kind: row.kind, set: row.set }),
    },
    {
      key: "home",
      title: t("slots.home"),
      width: 140,
      wide: true,
      cell: (row) => <bdi>{nameIn(props.nodes, row.home_node_id) ?? "–"}</bdi>,
    },
    {
      key: "head",
      title: t("slots.head"),
      width: 110,
      figure: true,
      cell: (row) => (row.head_seq === undefined ? t("slots.silent") : grouped(row.head_seq)),
    },
    { key: "buckets", title: t("slots.buckets"), width: 80, figure: true, cell: (row) => grouped(row.bucket_count) },
    {
      key: "map",
      title: t("slots.map"),
      width: 280,
      wide: true,
      cell: (row) => <Strip of={row} moves={props.moves} />,
    },
  ];
  return <DataTable label={t("slots.what")} columns={columns} rows={props.rows} rowKey={(row) => row.slot} />;
}

const height = 64;

/** All buckets from left to right: those of the slot are filled, and a line is one on its way. */
function Strip({ of, moves }: { of: Slot; moves: BucketMove[] }) {
  const { t } = useTranslation("running");
  const { arriving, leaving } = movesOf(of.slot, moves);
  const under = moves.filter(({ from_slot, to_slot }) => from_slot === of.slot || to_slot === of.slot);
  return (
    <svg
      className="buckets"
      viewBox={`0 0 ${allBuckets} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t("slots.drawn", { buckets: grouped(of.bucket_count), arriving, leaving })}
    >
      <path d={stripOf(of.buckets, height)} />
      <path
        className="moving"
        d={stripOf(
          under.map(({ bucket }) => ({ first: bucket, last: bucket + 2 })),
          height,
        )}
      />
    </svg>
  );
}
