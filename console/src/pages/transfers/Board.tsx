import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { type TransferFilter, transfers } from "../../api/transferQueries.ts";
import { quantity } from "../../format/decimal.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";

type Transfer = components["schemas"]["Transfer"];

const spelled = 3;

/** The transfers of one state. */
export function Column({ state, place }: { state: TransferFilter["state"]; place: string | undefined }) {
  const { t } = useTranslation(["transfers", "app"]);
  const asked = useQuery(transfers({ state, location_id: place }));
  const count = asked.data && `${asked.data.items.length}${asked.data.next_page_token ? "+" : ""}`;
  return (
    <section aria-label={t(`app:act.transfer.${state}`)}>
      <h2>
        {t(`app:act.transfer.${state}`)} <span className="muted figure">{count}</span>
      </h2>
      <Answer of={asked} what={t("transfers:what")} rows={3}>
        {(data) =>
          data.items.length === 0 ? (
            <p className="muted">{t(`transfers:none.${state}`)}</p>
          ) : (
            <>
              {data.next_page_token && <p className="muted">{t("transfers:more", { count: data.items.length })}</p>}
              <ul>
                {data.items.map((one) => (
                  <li key={one.transfer_id}>
                    <Card transfer={one} />
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Answer>
    </section>
  );
}

function Card({ transfer }: { transfer: Transfer }) {
  const { t } = useTranslation("transfers");
  const rest = transfer.lines.length - spelled;
  const units = (line: Transfer["lines"][number]) =>
    quantity(transfer.state === "in_transit" ? line.in_transit : line.requested, line.unit, line.scale);
  return (
    <Link to="/transfers/$transfer" params={{ transfer: transfer.transfer_id }} className="card">
      <strong>
        <Id>{transfer.from_location_id}</Id> → <Id>{transfer.to_location_id}</Id>
      </strong>
      <div>
        {transfer.lines.slice(0, spelled).map((line) => (
          <div key={line.product_id}>
            <Id>{line.product_id}</Id> <span className="figure">× {units(line)}</span>
          </div>
        ))}
        {rest > 0 && <div className="muted">{t("lines", { count: rest })}</div>}
      </div>
      <small className="muted">
        {transfer.expected_at ? (
          <>
            {t("expected")} <Time at={transfer.expected_at} relative />
          </>
        ) : (
          <Time at={transfer.updated_at} relative />
        )}{" "}
        <bdi>{transfer.reference}</bdi> {transfer.pending && t("pending")}
      </small>
    </Link>
  );
}
