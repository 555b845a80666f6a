import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { tenants } from "../../api/runningQueries.ts";
import { grouped } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import type { Tenant } from "./fleet.ts";
import { Handbook } from "./Handbook.tsx";

/** The tenants of the installation; there is always one. */
export function Tenants() {
  const { t } = useTranslation("running");
  const columns: Column<Tenant>[] = [
    { key: "id", title: t("id"), width: 240, cell: (row) => <Id>{row.tenant_id}</Id> },
    { key: "made", title: t("made"), width: 170, cell: (row) => <Time at={row.created_at} /> },
    { key: "keys", title: t("tenants.keys"), width: 120, figure: true, cell: (row) => grouped(row.valid_keys) },
  ];
  return (
    <Answer of={useQuery(tenants)} what={t("tenants.what")} rows={3}>
      {({ items = [], next_page_token }) => (
        <>
          <p className="muted">
            {t("tenants.how")} <Handbook page="operations/privacy" />
          </p>
          <DataTable label={t("tenants.what")} columns={columns} rows={items} rowKey={(row) => row.tenant_id} />
          {next_page_token && <p className="muted">{t("tenants.more", { count: items.length })}</p>}
        </>
      )}
    </Answer>
  );
}
