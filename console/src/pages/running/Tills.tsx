import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { every } from "../../api/queries.ts";
import { type TillFilter, tillCounts, tillPolicies, tills } from "../../api/tillQueries.ts";
import { stamp } from "../../format/time.ts";
import { useNow } from "../../parts/AsOf.tsx";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty, Waiting } from "../../parts/Frame.tsx";
import { Typed } from "../../parts/Typed.tsx";
import { type Till, tillStates } from "../../parts/tills.ts";
import { usePages } from "../../parts/usePages.ts";
import { AddTill } from "./AddTill.tsx";
import { columnsOf } from "./tillColumns.tsx";
import { type Finding, findingsOf, stateOf } from "./tills.ts";

type List = components["schemas"]["ListTillsResponse"];

/** Which tills are away or behind, and since when. */
export function Tills({ filter }: { filter: TillFilter }) {
  const { t } = useTranslation("running");
  const navigate = useNavigate();
  const counts = useQuery(tillCounts);
  const set = (changed: { [Name in keyof TillFilter]?: string | undefined }, replace = false) => {
    const next = Object.entries({ tab: "tills", ...filter, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/running", search: Object.fromEntries(next), replace });
  };
  return (
    <>
      <Answer of={counts} what={t("tills.what")} rows={1}>
        {(data) => <Sentence findings={findingsOf(data)} total={data.total} />}
      </Answer>
      <CommandButtons
        offers={[{ operation: "SetTill", name: "NewTill", form: (onClose) => <AddTill onClose={onClose} /> }]}
      />
      <ToPolicies />
      <search className="filters">
        <Typed main value={filter.q} label={t("tills.find")} width={200} onChange={(q) => set({ q }, true)} />
        <select
          className="choice-of"
          aria-label={t("state")}
          value={filter.state ?? ""}
          onChange={(event) => set({ state: event.target.value })}
        >
          <option value="">{t("tills.allStates")}</option>
          {tillStates.map((one) => (
            <option key={one} value={one}>
              {t(`app:till.state.${one}`)}
            </option>
          ))}
        </select>
        <Typed value={filter.loc} label={t("app:thing.location")} width={160} onChange={(loc) => set({ loc }, true)} />
      </search>
      <List filter={filter} onDrop={() => set({ q: undefined, state: undefined, loc: undefined })} />
    </>
  );
}

/** The way to the policies of many tills, which are in this tab too. */
function ToPolicies() {
  const { t } = useTranslation("running");
  const { data } = useQuery(tillPolicies);
  const count = data && !data.next_page_token ? data.items.length : 0;
  return (
    <p>
      <Link to="/running" search={{ tab: "tills", policy: "list" }}>
        {count > 0 ? t("policies.open", { count }) : t("policies.openNone")}
      </Link>
    </p>
  );
}

/** The findings about all tills, in sentences that link to the tills they are about. */
function Sentence({ findings, total }: { findings: Finding[]; total: number }) {
  const { t, i18n } = useTranslation("running");
  const now = useNow(60_000);
  if (findings.length === 0) return null;
  const fine = findings.every(({ words }) => words === "synced" || words === "unpaired");
  return (
    <p className={fine ? "frame verdict" : "frame verdict fault"}>
      {findings.map(({ words, count, since }) => {
        const time = since ? stamp(new Date(since), now, i18n.language) : "";
        const text = t(`tills.is.${words}${since ? "Since" : ""}`, { count, total, time });
        const state = stateOf(words);
        return (
          <span key={words}>
            {state ? (
              <Link to="/running" search={{ tab: "tills", state }}>
                {text}
              </Link>
            ) : (
              text
            )}{" "}
          </span>
        );
      })}
    </p>
  );
}

function List({ filter, onDrop }: { filter: TillFilter; onDrop: () => void }) {
  const { t } = useTranslation("running");
  const navigate = useNavigate();
  const name = JSON.stringify(filter);
  const { rows, answer, gone, waiting, renew, onSeen } = usePages<Till, List>(
    name,
    ({ till_id }) => till_id,
    (token, live) => tills(filter, token, live && every),
  );
  const filtered = Object.keys(filter).length > 0;
  return (
    <Answer of={answer} what={t("tills.what")} rows={8}>
      {() => {
        if (rows.length > 0) {
          return (
            <>
              <Waiting count={waiting} onShow={renew} />
              <div className="tab-list">
                <DataTable
                  key={name}
                  label={t("tills.what")}
                  fills
                  columns={columnsOf(t)}
                  rows={rows}
                  rowKey={(row) => row.till_id}
                  rowClass={(row) => (gone.has(row) ? "gone" : "")}
                  onSeen={onSeen}
                  onOpen={({ till_id }) => void navigate({ to: "/running/tills/$till", params: { till: till_id } })}
                />
              </div>
            </>
          );
        }
        if (!filtered) return <Empty>{t("tills.none")}</Empty>;
        return (
          <Empty action={<Button onClick={onDrop}>{t("app:frame.dropAll")}</Button>}>
            {t("app:frame.nothingMatches")}
          </Empty>
        );
      }}
    </Answer>
  );
}
