import { DownloadOutlined } from "@ant-design/icons";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button, Select, Switch } from "antd";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { journal } from "../../api/journalQueries.ts";
import { every, often } from "../../api/queries.ts";
import { addTexts } from "../../app/i18n.ts";
import { useKeys } from "../../app/keys.ts";
import appTexts from "../../app/texts.en.json";
import { csv, save } from "../../format/csv.ts";
import { entryKey } from "../../parts/entries.ts";
import { Answer, Empty, Page, Waiting } from "../../parts/Frame.tsx";
import { JournalTable } from "../../parts/JournalTable.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { Typed } from "../../parts/Typed.tsx";
import { useNarrow } from "../../parts/useNarrow.ts";
import { usePages } from "../../parts/usePages.ts";
import { useFollow } from "./follow.ts";
import { ProveButton, Proven, useProof } from "./Proof.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("journal", { en, zh });

const route = getRouteApi("/journal");

type Entry = components["schemas"]["LogEntry"];
type Entries = components["schemas"]["ListLogsResponse"];
type Search = ReturnType<typeof route.useSearch>;

export function JournalPage() {
  const { t } = useTranslation(["journal", "app"]);
  const search = route.useSearch();
  const navigate = useNavigate();
  const { follow, ...filter } = search;
  const list = JSON.stringify(filter);
  const pace = follow ? often : every;
  const pages = usePages<Entry, Entries>(list, entryKey, (token, live) =>
    journal(
      {
        product_id: search.product,
        location_id: search.loc,
        channel_id: search.ch,
        order_id: search.order,
        operation: search.operation,
        operator: search.operator,
        since: search.since,
        until: search.until,
      },
      token,
      live && pace,
    ),
  );
  const { rows, answer, waiting, renew, onSeen } = pages;
  const following = useFollow(follow !== undefined, list, pages);
  const set = (changed: { [Name in keyof Search]?: string | undefined }, replace = false) => {
    const next = Object.entries({ ...search, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/journal", search: Object.fromEntries(next), replace });
  };
  const read = rows.filter((row) => row !== undefined);
  const keep = () => save("holdfast-journal.csv", table(read));
  const turn = () => {
    if (!follow) following.resume();
    set({ follow: follow ? undefined : "1" });
  };
  useKeys({ e: keep, f: turn });
  const narrow = useNarrow();
  const proof = useProof(read);
  const typed = (name: "product" | "order" | "ch" | "operator", label: string, main = false) => (
    <Typed
      value={search[name]}
      label={label}
      onChange={(value) => set({ [name]: value }, true)}
      width={150}
      main={main}
    />
  );
  return (
    <Page
      title={t("journal:title")}
      name={t("journal:title")}
      purpose={t("journal:purpose")}
      guide="concepts"
      reading={{ asOf: answer.data?.as_of, came: answer.dataUpdatedAt, error: answer.error, pace }}
      actions={
        <>
          <span className="switch">
            <Switch checked={follow !== undefined} onChange={turn} aria-label={t("journal:follow")} />{" "}
            {t("journal:follow")}
          </span>
          {!narrow && <ProveButton busy={proof.busy} disabled={read.length === 0} onClick={() => void proof.prove()} />}
          <Button icon={<DownloadOutlined />} disabled={read.length === 0} onClick={keep}>
            {t("journal:export")}
          </Button>
        </>
      }
    >
      <search className="filters">
        {typed("product", t("journal:product"), true)}
        {typed("order", t("journal:order"))}
        <PlaceSelect value={search.loc} onChange={(loc) => set({ loc })} />
        {typed("ch", t("journal:channel"))}
        <Select
          aria-label={t("journal:operation")}
          placeholder={t("journal:operation")}
          style={{ minWidth: 150 }}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          value={search.operation ?? null}
          options={Object.keys(appTexts.operation).map((value) => ({ value, label: t(`app:operation.${value}`) }))}
          onChange={(operation: string | undefined) => set({ operation: operation || undefined })}
        />
        {typed("operator", t("journal:operator"))}
        <span className="found">{t("journal:smallest")}</span>
      </search>
      <Proven proof={proof.proof} failed={proof.failed} />
      <Answer of={answer} what={t("journal:what")} rows={12}>
        {() =>
          rows.length > 0 ? (
            <>
              {follow ? <Followed of={following} waiting={waiting} /> : <Waiting count={waiting} onShow={renew} />}
              <JournalTable
                key={`${list} ${following.resumed}`}
                rows={rows}
                onSeen={onSeen}
                onAt={following.stand}
                product
                place
              />
            </>
          ) : Object.keys(filter).length === 0 ? (
            <Empty>{t("journal:none")}</Empty>
          ) : (
            <Empty action={<Button onClick={() => void navigate({ to: "/journal" })}>{t("app:frame.dropAll")}</Button>}>
              {t("app:frame.nothingMatches")}
            </Empty>
          )
        }
      </Answer>
    </Page>
  );
}

/** The switch that lets new entries come by themselves, and the way back to them. */
function Followed({ of, waiting }: { of: ReturnType<typeof useFollow>; waiting: number }) {
  const { t } = useTranslation(["journal", "app"]);
  if (!of.paused)
    return (
      <p className="waiting muted" role="status">
        {t("journal:following")}
      </p>
    );
  return (
    <p className="waiting" role="status">
      {t("journal:paused")}{" "}
      <Button size="small" onClick={of.resume}>
        {waiting > 0 ? t("app:frame.waiting", { count: waiting }) : t("journal:resume")}
      </Button>
    </p>
  );
}

function table(rows: Entry[]): string {
  const names = [
    "entry_id",
    "at",
    "operation",
    "product_id",
    "location_id",
    "channel_id",
    "order_id",
    "available_before",
    "available_after",
    "reserved_before",
    "reserved_after",
    "reason_code",
    "reason",
    "reference",
    "operator",
  ] as const;
  return csv(
    names,
    rows.map((row) => names.map((name) => row[name])),
  );
}
