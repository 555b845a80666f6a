import { useQueries } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { cases } from "../../api/caseQueries.ts";
import { useWho } from "../../api/queries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { Typed } from "../../parts/Typed.tsx";
import { CaseTable } from "./CaseTable.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";
import { kinds, listsOf, merged, viewOf, views } from "./views.ts";

addTexts("inbox", { en, zh });

const route = getRouteApi("/inbox");

type Search = ReturnType<typeof route.useSearch>;

/** The cases that wait for a decision. */
export function InboxPage() {
  const { t } = useTranslation(["inbox", "app"]);
  const search = route.useSearch();
  const { data: who } = useWho();
  const navigate = useNavigate();
  const view = viewOf(search.view);
  // A key that is bound to places has to name one of them.
  const place = search.loc ?? who?.locations?.[0];
  const answers = useQueries({
    queries: listsOf(view, who?.operator ?? "", { kind: search.kind, place, till: search.till }).map((filter) => ({
      ...cases(filter),
      enabled: who !== undefined,
    })),
  });
  const whole = answers.every(({ data }) => data !== undefined);
  const of = {
    data: whole ? merged(answers.map(({ data }) => data?.items ?? [])) : undefined,
    error: answers.find(({ error }) => error)?.error ?? null,
    dataUpdatedAt: Math.min(...answers.map(({ dataUpdatedAt }) => dataUpdatedAt)),
    refetch: () => void Promise.all(answers.map((answer) => answer.refetch())),
  };
  const set = (changed: { [Name in keyof Search]?: string | undefined }) => {
    const next = Object.entries({ ...search, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/inbox", search: Object.fromEntries(next) });
  };
  const filtered = [search.kind, search.loc, search.till].some((word) => word !== undefined);
  return (
    <Page
      title={t("inbox:title")}
      name={t("inbox:title")}
      purpose={t("inbox:purpose")}
      guide="stock-take"
      reading={{ came: of.dataUpdatedAt, error: of.error }}
    >
      <search className="filters">
        <select
          className="choice-of"
          aria-label={t("inbox:view")}
          value={view}
          onChange={(event) => set({ view: event.target.value === "open" ? undefined : event.target.value })}
        >
          {views.map((one) => (
            <option key={one} value={one}>
              {t(`inbox:views.${one}`)}
            </option>
          ))}
        </select>
        <select
          className="choice-of"
          aria-label={t("inbox:kind")}
          value={search.kind ?? ""}
          onChange={(event) => set({ kind: event.target.value || undefined })}
        >
          <option value="">{t("inbox:allKinds")}</option>
          {kinds.map((one) => (
            <option key={one} value={one}>
              {t(`app:act.case.${one}`)}
            </option>
          ))}
        </select>
        <PlaceSelect value={place} onChange={(loc) => set({ loc })} />
        {search.till !== undefined && (
          <Typed value={search.till} label={t("inbox:till")} width={160} onChange={(till) => set({ till })} />
        )}
      </search>
      <Answer of={of} what={t("inbox:what")}>
        {(rows) =>
          rows.length > 0 ? (
            <>
              {answers.some(({ data }) => data?.more) && (
                <p className="frame muted">{t("inbox:more", { count: rows.length })}</p>
              )}
              <CaseTable rows={rows} />
            </>
          ) : filtered ? (
            <Empty
              action={
                <Button onClick={() => set({ kind: undefined, loc: undefined, till: undefined })}>
                  {t("app:frame.dropAll")}
                </Button>
              }
            >
              {t("app:frame.nothingMatches")}
            </Empty>
          ) : (
            <Empty>{t(`inbox:none.${view}`)}</Empty>
          )
        }
      </Answer>
    </Page>
  );
}
