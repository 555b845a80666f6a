import { useTranslation } from "react-i18next";
import { decimal, grouped, headline } from "../format/decimal.ts";
import { badges } from "../states.ts";
import { ageOf } from "./night.ts";
import type { Shown } from "./run.ts";
import { figuresOf } from "./tiles.ts";
import { shortDate, timeOf } from "./words.ts";

/** From this number on a tile shows a figure in short form. */
const long = 10_000;

export function Tiles({ night, now }: Shown) {
  const { t, i18n } = useTranslation("wall");
  const { language } = i18n;
  const of = figuresOf(night, now);
  const total = night.stock?.total;
  const items = total && Object.values(total).reduce((sum, n) => sum + n, 0);
  const exact = (n: number | undefined) => (n === undefined ? "–" : n < long ? grouped(n) : headline(n, language));
  const tenths = (n: number | undefined) =>
    n === undefined ? "–" : n < 1000 ? decimal(n, 1) : exact(Math.round(n / 10));
  const yesterday = (then: string) => t("tile.yesterday", { then });
  const asOf = (source: "minutes" | "stock") => {
    const age = ageOf(night, source, now);
    return age === "old" || age === "gone"
      ? t("chip.asOf", { at: timeOf(night.lines[source].came, now, language) })
      : undefined;
  };
  const last = of.last && `${shortDate(of.last.start, language)} ${exact(of.last.orders)}`;
  return (
    <section className="counters">
      <Tile name="orders" label={t("tile.orders")} figure={exact(of.orders.now)}>
        {last ?? asOf("minutes") ?? yesterday(exact(of.orders.before))}
      </Tile>
      <Tile name="rate" label={t("tile.rate")} figure={tenths(of.ordersAMinute.now)}>
        {yesterday(tenths(of.ordersAMinute.before))}
      </Tile>
      <Tile name="sold-out" label={`${badges.sold_out.shape} ${t("tile.soldOut")}`} figure={exact(total?.sold_out)}>
        {asOf("stock") ?? t("tile.ofItems", { items: exact(items) })}
      </Tile>
      <Tile name="low" label={`${badges.low.shape} ${t("tile.low")}`} figure={exact(total?.low)}>
        {asOf("stock") ?? t("tile.ofItems", { items: exact(items) })}
      </Tile>
      <Tile name="refused" label={t("tile.refused")} figure={tenths(of.refusedAMinute.now)}>
        {yesterday(tenths(of.refusedAMinute.before))}
      </Tile>
    </section>
  );
}

function Tile(props: { name: string; label: string; figure: string; children: string }) {
  return (
    <div className={`panel counter ${props.name}`}>
      <h2>{props.label}</h2>
      <strong className="figure">{props.figure}</strong>
      <small>{props.children}</small>
    </div>
  );
}
