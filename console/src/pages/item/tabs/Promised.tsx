import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { promises } from "../../../api/itemQueries.ts";
import { quantity } from "../../../format/decimal.ts";
import { CommandButtons } from "../../../parts/CommandButton.tsx";
import { Answer, Empty } from "../../../parts/Frame.tsx";
import { Quantity } from "../../../parts/Quantity.tsx";
import { Time } from "../../../parts/Time.tsx";
import { SetPresale } from "../actions/SetPresale.tsx";

/** The units of the item that are sold before they are there. */
export function Promised({ id, loc }: { id: string; loc: string | undefined }) {
  const { t } = useTranslation("item");
  if (loc === undefined) return <Empty>{t("choosePlace")}</Empty>;
  return <AtPlace id={id} loc={loc} />;
}

function AtPlace({ id, loc }: { id: string; loc: string }) {
  const { t } = useTranslation("item");
  const asked = useQuery(promises(id, loc));
  return (
    <Answer of={asked} what={t("promised.what")}>
      {(data) => {
        const { presale, backorder } = data;
        const actions = (
          <CommandButtons
            location={loc}
            offers={[{ operation: "SetPromises", form: (onClose) => <SetPresale promises={data} onClose={onClose} /> }]}
          />
        );
        if (!presale && !backorder && data.waiting === 0) {
          return (
            <>
              {actions}
              <Empty>{t("promised.none")}</Empty>
            </>
          );
        }
        const list = (name: string, figures: [string, number][], date: string | undefined, closed: boolean) => (
          <section>
            <h2>
              {name} {closed && <small className="muted">{t("promised.closed")}</small>}
            </h2>
            <dl className="headline">
              {figures.map(([word, value]) => (
                <div key={word}>
                  <dt>{word}</dt>
                  <dd>
                    <Quantity of={data} value={value} />
                  </dd>
                </div>
              ))}
            </dl>
            {date && (
              <p>
                {t("promised.date")} <Time at={date} />
              </p>
            )}
          </section>
        );
        return (
          <>
            {actions}
            <p>
              {t("promised.waitingOrders", {
                count: data.waiting_orders,
                units: quantity(data.waiting, data.unit, data.scale),
              })}
            </p>
            {presale &&
              list(
                t("promised.presale"),
                [
                  [t("promised.cap"), presale.cap],
                  [t("promised.promised"), presale.promised],
                  [t("promised.remaining"), presale.remaining],
                  [t("promised.waiting"), presale.waiting],
                  [t("promised.arrived"), presale.arrived],
                ],
                presale.promise_date,
                presale.closed,
              )}
            {backorder &&
              list(
                t("promised.backorder"),
                [
                  [t("promised.allowance"), backorder.allowance],
                  [t("promised.promised"), backorder.promised],
                  [t("promised.remaining"), backorder.remaining],
                ],
                backorder.promise_date,
                backorder.closed,
              )}
          </>
        );
      }}
    </Answer>
  );
}
