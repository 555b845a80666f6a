import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useWho } from "../../api/queries.ts";
import { keys } from "../../api/runningQueries.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { type Key, startOf } from "./keys.ts";
import { MakeKey } from "./MakeKey.tsx";
import { OneKey } from "./OneKey.tsx";
import { Steps } from "./Steps.tsx";

/** The keys, with the role of each. */
export function Keys({ chosen }: { chosen: string | undefined }) {
  const { t } = useTranslation("running");
  const asked = useQuery(keys);
  const { data: who } = useWho();
  return (
    <Answer of={asked} what={t("keys.what")}>
      {({ items, next_page_token }) => {
        const one = items.find(({ id }) => id === chosen);
        const start = startOf(items, who?.operator ?? "");
        return (
          <>
            {start && <Steps start={start} />}
            <CommandButtons
              offers={[{ operation: "CreateKey", form: (onClose) => <MakeKey known={items} onClose={onClose} /> }]}
            />
            {one && <OneKey key={one.id} of={one} known={items} />}
            {next_page_token && <p className="muted">{t("keys.more", { count: items.length })}</p>}
            <Table rows={items} />
          </>
        );
      }}
    </Answer>
  );
}

function Table({ rows }: { rows: Key[] }) {
  const { t } = useTranslation(["running", "app"]);
  const navigate = useNavigate();
  const columns: Column<Key>[] = [
    {
      key: "name",
      title: t("running:name"),
      width: 160,
      second: (row) => <Id>{row.id}</Id>,
      cell: (row) => (
        <Link to="/running" search={{ tab: "keys", key: row.id }}>
          <Id>{row.name}</Id>
        </Link>
      ),
    },
    { key: "id", title: t("running:id"), width: 140, wide: true, cell: (row) => <Id>{row.id}</Id> },
    { key: "role", title: t("running:role"), width: 120, cell: (row) => (row.role ? t(`app:role.${row.role}`) : "–") },
    { key: "scopes", title: t("running:scopes"), width: 140, wide: true, cell: (row) => row.scopes.join(", ") },
    {
      key: "places",
      title: t("running:places"),
      width: 160,
      wide: true,
      cell: (row) => <bdi>{row.locations?.join(", ") ?? t("app:act.all")}</bdi>,
    },
    {
      key: "channels",
      title: t("running:channels"),
      width: 140,
      wide: true,
      cell: (row) => <bdi>{row.channels?.join(", ") ?? t("app:act.all")}</bdi>,
    },
    {
      key: "made",
      title: t("running:made"),
      width: 170,
      wide: true,
      cell: (row) => <Time at={row.created_at} relative />,
    },
    {
      key: "state",
      title: t("running:state"),
      width: 120,
      cell: (row) => (row.revoked_at ? `⊘ ${t("running:revoked")}` : t("running:valid")),
    },
  ];
  return (
    <DataTable
      label={t("running:keys.what")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: "/running", search: { tab: "keys", key: row.id } })}
    />
  );
}
