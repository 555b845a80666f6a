import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { accounts } from "../../api/itemQueries.ts";
import { AccountsBar } from "../../parts/AccountsBar.tsx";
import { type Line, reckon } from "../../parts/accounts.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Changing } from "../../parts/Live.tsx";
import { Quantity } from "../../parts/Quantity.tsx";

type Product = components["schemas"]["ProductInventory"];

/** The few figures people come for, and the bar that adds up to them. */
export function Where({ id, loc, product }: { id: string; loc: string | undefined; product: Product }) {
  const { t } = useTranslation(["item", "app"]);
  const asked = useQuery(accounts(id));
  const places = loc === undefined ? product.locations : product.locations.filter((at) => at.location_id === loc);
  const sum = (of: (at: Product["locations"][number]) => number) => places.reduce((all, at) => all + of(at), 0);
  const counted = places.some(({ tracked }) => tracked);
  const figures = [
    { name: t("item:canSell"), value: sum((at) => at.available_stock), tab: "channels" },
    { name: t("item:heldBy"), value: sum((at) => at.reserved_stock), tab: "orders" },
    { name: t("item:onHand"), value: sum((at) => at.on_hand), tab: "accounts" },
    { name: t("item:transit"), value: sum((at) => at.in_transit ?? 0), tab: "accounts" },
  ];
  return (
    <section className="where">
      <dl className="headline">
        {figures.map(({ name, value, tab }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Link className="made-of" from="/items/$product" to="." search={(before) => ({ ...before, tab })}>
                <Changing key={loc ?? ""} value={value}>
                  <Quantity of={product} value={counted ? value : undefined} none={t("app:state.not_counted")} />
                </Changing>
              </Link>
            </dd>
          </div>
        ))}
      </dl>
      <Answer of={asked} what={t("item:accounts.what")} rows={1}>
        {(data) => {
          const shown = data.items.filter((at) => loc === undefined || at.location_id === loc);
          return <AccountsBar of={data} reckoning={reckon(shown.flatMap((at) => at.accounts))} tabOf={tabOf} />;
        }}
      </Answer>
    </section>
  );
}

/** The tab that lists the units of an account one by one. */
function tabOf({ part, account }: Line): string | undefined {
  if (part === "quota" || part === "pool") return "channels";
  if (part === "held") return "orders";
  if (part === "promised") return "promised";
  if (account.startsWith("incoming/")) return "promised";
  return "accounts";
}
