import { useQuery } from "@tanstack/react-query";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { accounts } from "../../../api/itemQueries.ts";
import { AccountName } from "../../../parts/AccountsBar.tsx";
import { rankOf } from "../../../parts/accounts.ts";
import { type Column, DataTable } from "../../../parts/DataTable.tsx";
import { Answer } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { LotName } from "../../../parts/LotName.tsx";
import { lotText } from "../../../parts/lots.ts";
import { Quantity } from "../../../parts/Quantity.tsx";

interface Row {
  location: string;
  balance: components["schemas"]["AccountBalance"];
}

/** The books of the item as they are kept, account by account, now or at a past moment. */
export function Accounts({ id, loc, at }: { id: string; loc: string | undefined; at?: string }) {
  const { t } = useTranslation(["item", "app"]);
  const asked = useQuery(accounts(id, at));
  return (
    <Answer of={asked} what={t("item:accounts.what")}>
      {(data) => {
        const rows = data.items
          .filter((one) => loc === undefined || one.location_id === loc)
          .flatMap((one) =>
            one.accounts
              .toSorted((a, b) => rankOf(a.account) - rankOf(b.account))
              .map((balance) => ({ location: one.location_id, balance })),
          );
        const outside = ({ balance }: Row) => balance.account.startsWith("ext/");
        const lots = rows.some(({ balance }) => balance.lot);
        const columns: Column<Row>[] = [
          {
            key: "account",
            title: t("item:accounts.account"),
            width: 260,
            cell: ({ balance }) => (
              <>
                <AccountName account={balance.account} /> <small className="muted id">{balance.account}</small>
              </>
            ),
          },
          ...(loc === undefined
            ? [
                {
                  key: "place",
                  title: t("item:accounts.place"),
                  width: 120,
                  cell: ({ location }: Row) => <Id>{location}</Id>,
                },
              ]
            : []),
          ...(lots
            ? [
                {
                  key: "lot",
                  title: t("item:accounts.lot"),
                  width: 200,
                  cell: ({ balance }: Row) => <LotName of={balance.lot} />,
                },
              ]
            : []),
          {
            key: "quantity",
            title: t("item:accounts.quantity"),
            width: 120,
            figure: true,
            cell: ({ balance }) => <Quantity of={data} value={balance.quantity} />,
          },
        ];
        const rowKey = ({ location, balance }: Row) => `${location} ${balance.account} ${lotText(balance.lot)}`;
        return (
          <>
            <DataTable
              label={t("item:tab.accounts")}
              columns={columns}
              rows={rows.filter((row) => !outside(row))}
              rowKey={rowKey}
            />
            <h2>{t("item:accounts.outside")}</h2>
            <p className="muted">{t("item:accounts.outsideNote")}</p>
            <DataTable
              label={t("item:accounts.outside")}
              columns={columns}
              rows={rows.filter(outside)}
              rowKey={rowKey}
            />
          </>
        );
      }}
    </Answer>
  );
}
