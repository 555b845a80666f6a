import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { explanation } from "../../../api/itemQueries.ts";
import { quantity } from "../../../format/decimal.ts";
import { Answer, Empty } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { LotName } from "../../../parts/LotName.tsx";
import { Quantity } from "../../../parts/Quantity.tsx";
import { Time } from "../../../parts/Time.tsx";
import { Typed } from "../../../parts/Typed.tsx";
import { type Branch, branchesOf, tabOf } from "../why.ts";

type Explanation = components["schemas"]["Explanation"];
type Item = components["schemas"]["ItemExplanation"];

const route = getRouteApi("/items/$product");

/** In words, why units can or cannot be sold on a channel now: each figure leads to what it is made of. */
export function Why({ id, loc }: { id: string; loc: string | undefined }) {
  const { t } = useTranslation(["item", "app"]);
  const { ch, n } = route.useSearch();
  const navigate = useNavigate({ from: "/items/$product" });
  const asked = useQuery(explanation(id, loc, ch, n));
  const set = (changed: { ch?: string | undefined; n?: string | undefined }) => {
    const next = { loc, tab: "why", ch, n, ...changed };
    const said = Object.fromEntries(Object.entries(next).filter(([, value]) => value));
    void navigate({ to: ".", search: said, replace: true });
  };
  return (
    <section>
      <div className="filters">
        <Typed value={ch} label={t("item:why.channel")} width={180} onChange={(value) => set({ ch: value })} />
        <Typed
          value={n}
          label={t("item:why.quantity")}
          width={180}
          onChange={(value) => set({ n: value && /^[1-9]\d{0,14}$/.test(value) ? value : undefined })}
        />
      </div>
      <Answer of={asked} what={t("item:why.what")}>
        {(data) => (
          <>
            <p className="verdict">{sentence(t, data, ch)}</p>
            {data.components?.map((part) => (
              <p key={part.product_id}>
                <Link to="/items/$product" params={{ product: part.product_id }} search={{ tab: "why" }}>
                  <Id>{part.product_id}</Id>
                </Link>{" "}
                {t("item:why.component", { each: part.quantity, available: part.available, kits: part.kits ?? "–" })}
              </p>
            ))}
            {data.items.length === 0 && !data.components?.length && <Empty>{t("item:why.nowhere")}</Empty>}
            {data.items.map((item) => (
              <Tree key={item.location_id} item={item} of={data} />
            ))}
          </>
        )}
      </Answer>
    </section>
  );
}

function sentence(t: ReturnType<typeof useTranslation<["item", "app"]>>["t"], data: Explanation, ch?: string): string {
  const figure = (value: number) => quantity(value, data.unit, data.scale);
  const who = ch ? t("item:why.on", { channel: ch }) : t("item:why.anywhere");
  return t(`item:why.verdict.${data.verdict}`, {
    who,
    requested: figure(data.requested),
    obtains: figure(data.obtains),
    available: figure(data.available),
  });
}

function Tree({ item, of }: { item: Item; of: Explanation }) {
  const { t } = useTranslation(["item", "app"]);
  return (
    <ul className="tree">
      <li>
        <Id>{item.location_id}</Id>: <Quantity of={of} value={item.tracked ? item.on_hand : undefined} none="" />{" "}
        {item.tracked ? t("item:why.onHand") : t("app:state.not_counted")}
        {item.oversold > 0 && (
          <>
            , <Quantity of={of} value={item.oversold} /> {t("app:part.oversold")}
          </>
        )}
        <ul>
          {branchesOf(item.parts).map((branch) => (
            <Bough key={branch.name} branch={branch} of={of} />
          ))}
        </ul>
      </li>
    </ul>
  );
}

function Bough({ branch, of }: { branch: Branch; of: Explanation }) {
  const { t } = useTranslation(["item", "app"]);
  return (
    <li>
      <Quantity of={of} value={branch.quantity} /> {t(`item:why.branch.${branch.name}`)}
      <ul>
        {branch.parts.map((part) => (
          <li key={`${part.account} ${JSON.stringify(part.lot ?? {})}`}>
            <Link
              className="made-of"
              from="/items/$product"
              to="."
              search={(before) => ({ ...before, tab: tabOf(part.account) })}
            >
              <Quantity of={of} value={part.quantity} />
            </Link>{" "}
            {t(`item:why.cause.${part.cause}`, { channel: part.channel_id ?? "" })}
            {part.at && (
              <>
                {" "}
                (<Time at={part.at} />)
              </>
            )}
            {part.lot && (
              <>
                {" "}
                <LotName of={part.lot} />
              </>
            )}{" "}
            <span className="muted">
              <Id>{part.account}</Id>
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}
