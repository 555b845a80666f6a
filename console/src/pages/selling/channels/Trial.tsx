import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { quantity } from "../../../format/decimal.ts";
import { AccountName } from "../../../parts/AccountsBar.tsx";
import { type Share, type Stock, sharesOf } from "../../../parts/allot.ts";
import { type Column, DataTable } from "../../../parts/DataTable.tsx";
import { Id } from "../../../parts/Id.tsx";
import { Change, Quantity } from "../../../parts/Quantity.tsx";

type Move = components["schemas"]["UnitMove"];

/** The result of a trial: each channel now and then, and the units that move. */
export function Trial({ stock, moves }: { stock: Stock; moves: Move[] }) {
  const { t } = useTranslation(["selling", "app"]);
  const turn = (key: "quota" | "remaining", title: string): Column<Share> => ({
    key,
    title,
    width: 160,
    figure: true,
    cell: (row) => (
      <>
        <Quantity of={stock} value={row[key].before} /> →{" "}
        <strong>{quantity(row[key].after, stock.unit, stock.scale)}</strong>
      </>
    ),
  });
  const columns: Column<Share>[] = [
    { key: "channel", title: t("app:thing.channel"), width: 110, cell: (row) => <Id>{row.channel}</Id> },
    turn("quota", t("selling:trial.quota")),
    { ...turn("remaining", t("selling:trial.remaining")), wide: true },
    {
      key: "by",
      title: t("selling:trial.by"),
      width: 90,
      figure: true,
      cell: (row) => <Change of={stock} value={row.quota.after - row.quota.before} />,
    },
  ];
  return (
    <section className="limited">
      <h2>{t("selling:trial.title")}</h2>
      <Moves of={stock} moves={moves} />
      <DataTable
        label={t("selling:trial.title")}
        columns={columns}
        rows={sharesOf(stock, moves)}
        rowKey={(row) => row.channel}
      />
    </section>
  );
}

/** Moves in words. */
export function Moves({ of, moves, done = false }: { of: Stock; moves: Move[]; done?: boolean }) {
  const { t } = useTranslation("selling");
  if (moves.length === 0) return <p>{t(done ? "trial.nothingMoved" : "trial.nothing")}</p>;
  return (
    <>
      <p>{t(done ? "trial.moved" : "trial.moves")}</p>
      <ul className="plain-list frame">
        {moves.map((move) => (
          <li key={`${move.from} ${move.to}`}>
            <AccountName account={move.from} /> → <AccountName account={move.to} />:{" "}
            <strong className="figure">{quantity(move.quantity, of.unit, of.scale)}</strong>
          </li>
        ))}
      </ul>
    </>
  );
}
