import { Link, type LinkProps } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { grouped } from "../../format/decimal.ts";
import { Changing } from "../../parts/Live.tsx";
import { badges, type ItemState } from "../../states.ts";

type Schemas = components["schemas"];
type Counted = { items: readonly unknown[]; next_page_token?: string } | undefined;

/** Each figure leads to what it is made of. One that could not be read is not shown as 0. */
export function Tiles(props: {
  soldOut: number | undefined;
  low: number | undefined;
  oversold: number | undefined;
  due: Counted;
  cases: Counted;
  /** Undefined: the reader may not see alerts, or they could not be read. */
  alerts: Counted;
  sinks: readonly Schemas["Sink"][] | undefined;
}) {
  const { t } = useTranslation("overview");
  const { sinks } = props;
  const parked = sinks?.reduce((sum, sink) => sum + sink.parked, 0);
  const lag = sinks?.reduce((most, sink) => Math.max(most, sink.lag_seconds), 0);
  const state = (of: ItemState): LinkProps => ({ to: "/items", search: { status: of, sort: "-updated" } });
  return (
    <dl className="tiles">
      <Tile name={t("soldOut")} shape="sold_out" to={state("sold_out")} value={props.soldOut} />
      <Tile name={t("low")} shape="low" to={state("low")} value={props.low} />
      <Tile name={t("oversold")} shape="oversold" to={state("oversold")} value={props.oversold} />
      <Tile
        name={t("due")}
        to={{ to: "/orders/reservations" }}
        value={props.due?.items.length}
        more={props.due?.next_page_token}
      />
      <Tile
        name={t("cases")}
        to={{ to: "/inbox" }}
        value={props.cases?.items.length}
        more={props.cases?.next_page_token}
      />
      <Tile
        name={t("firing")}
        to={{ to: "/inbox/alerts", search: { state: "firing" } }}
        value={props.alerts?.items.length}
        more={props.alerts?.next_page_token}
      />
      {sinks && sinks.length > 0 && (
        <>
          <Tile
            name={t("lag")}
            to={{ to: "/running", search: { tab: "sinks" } }}
            value={lag}
            show={t("seconds", { count: Math.round(lag ?? 0) })}
          />
          <Tile name={t("parked")} to={{ to: "/running", search: { tab: "sinks" } }} value={parked} />
        </>
      )}
    </dl>
  );
}

function Tile(props: {
  name: string;
  value: number | undefined;
  to: LinkProps;
  shape?: ItemState;
  /** There are more than one page has. */
  more?: string | undefined;
  show?: ReactNode;
}) {
  const { name, value, shape } = props;
  return (
    <div>
      <dt>
        {shape && (
          <span aria-hidden="true" style={{ color: `var(--state-${shape})` }}>
            {badges[shape].shape}{" "}
          </span>
        )}
        {name}
      </dt>
      <dd>
        {value === undefined ? (
          <span className="muted">–</span>
        ) : (
          <Link className="made-of figure" {...props.to}>
            <Changing value={value}>
              {props.show ?? grouped(value)}
              {props.more && "+"}
            </Changing>
          </Link>
        )}
      </dd>
    </div>
  );
}
