import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Button, Input, Select } from "antd";
import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { campaigns } from "../../api/sellingQueries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { Typed } from "../../parts/Typed.tsx";
import { type CampaignFilter, matches, states } from "./campaigns.ts";

type Row = components["schemas"]["Campaign"];

/** All campaigns. Nothing is asked of the server for a filter: it has none. */
export function Campaigns(props: {
  filter: CampaignFilter;
  onChange: (next: CampaignFilter, replace?: boolean) => void;
}) {
  const { t } = useTranslation(["selling", "app"]);
  const navigate = useNavigate();
  const { filter, onChange } = props;
  const asked = useQuery(campaigns);
  const to = (campaign: string) => ({ to: "/selling/campaigns/$campaign" as const, params: { campaign } });
  const count = (key: "item_count" | "pending" | "refused", wide: boolean): Column<Row> => ({
    key,
    title: t(`selling:campaigns.${key}`),
    width: 80,
    figure: true,
    wide,
    cell: (row) => <span className={row[key] === 0 ? "figure zero" : "figure"}>{row[key]}</span>,
  });
  const time = (key: "starts_at" | "ends_at"): Column<Row> => ({
    key,
    title: t(`selling:campaigns.${key}`),
    width: 180,
    wide: true,
    cell: (row) => <Time at={key === "ends_at" ? (row.ended_at ?? row.rule?.ends_at) : row.rule?.starts_at} relative />,
  });
  const columns: Column<Row>[] = [
    {
      key: "campaign",
      title: t("selling:campaigns.campaign"),
      width: 160,
      second: (row) => <bdi>{row.name}</bdi>,
      cell: (row) => (
        <Link {...to(row.campaign_id)}>
          <Id>{row.campaign_id}</Id>
        </Link>
      ),
    },
    { key: "name", title: t("selling:campaigns.name"), width: 200, wide: true, cell: (row) => <bdi>{row.name}</bdi> },
    {
      key: "state",
      title: t("selling:channels.state"),
      width: 110,
      cell: (row) => t(`selling:campaigns.is.${row.state}`),
    },
    time("starts_at"),
    time("ends_at"),
    count("item_count", false),
    count("pending", true),
    count("refused", false),
  ];
  return (
    <>
      <search className="filters">
        <Typed
          value={filter.q}
          label={t("selling:campaigns.filter")}
          onChange={(q) => onChange({ ...filter, q: q ?? "" }, true)}
          width={220}
          main
        />
        <Select
          aria-label={t("selling:channels.state")}
          placeholder={t("selling:channels.state")}
          style={{ minWidth: 140 }}
          allowClear
          value={filter.state ?? null}
          options={states.map((value) => ({ value, label: t(`selling:campaigns.is.${value}`) }))}
          onChange={(state: string | undefined) => onChange({ ...filter, state: state ?? "" })}
        />
      </search>
      <New onOpen={(id) => void navigate(to(id))} />
      <Answer of={asked} what={t("selling:campaigns.what")} rows={8}>
        {(data) => {
          const rows = data.items.filter((row) => matches(row, filter));
          if (rows.length === 0) {
            return <Empty>{t(data.items.length > 0 ? "app:frame.nothingMatches" : "selling:campaigns.none")}</Empty>;
          }
          return (
            <>
              {data.more && <p className="muted frame">{t("selling:campaigns.more", { count: data.items.length })}</p>}
              <div className="tab-list">
                <DataTable
                  label={t("selling:campaigns.what")}
                  fills
                  columns={columns}
                  rows={rows}
                  rowKey={(row) => row.campaign_id}
                  onOpen={(row) => void navigate(to(row.campaign_id))}
                />
              </div>
            </>
          );
        }}
      </Answer>
    </>
  );
}

/** A new campaign begins with its id, which is the channel of its orders; its page has the rest. */
function New({ onOpen }: { onOpen: (id: string) => void }) {
  const { t } = useTranslation("selling");
  const [id, setId] = useState("");
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim() !== "") onOpen(id.trim());
      }}
    >
      <Input
        value={id}
        onChange={(event) => setId(event.target.value)}
        aria-label={t("campaigns.newId")}
        placeholder={t("campaigns.newId")}
        style={{ width: 220 }}
        maxLength={64}
      />
      <Button htmlType="submit">{t("campaigns.open")}</Button>
    </form>
  );
}
