import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Alert } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../../api/queries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Page } from "../../parts/Frame.tsx";
import { Tabs } from "../../parts/Tabs.tsx";
import { Displays } from "./Displays.tsx";
import { Doctor } from "./Doctor.tsx";
import { Fleet } from "./Fleet.tsx";
import { Health } from "./Health.tsx";
import { Keys } from "./Keys.tsx";
import { Policies } from "./Policies.tsx";
import { Replicas } from "./Replicas.tsx";
import { Settings } from "./Settings.tsx";
import { Sinks } from "./Sinks.tsx";
import { Sources } from "./Sources.tsx";
import { Tenants } from "./Tenants.tsx";
import { Tills } from "./Tills.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";
import { stateOf } from "./tills.ts";
import { useTillCounts } from "./useTillCounts.ts";

addTexts("running", { en, zh });

const route = getRouteApi("/running");

/** The pages of the guide that say more of a tab. */
const guides: Record<string, string> = { keys: "console", displays: "console", tills: "tills" };

/** Is anything stuck? */
export function RunningPage() {
  const { t } = useTranslation(["running", "app"]);
  const { tab = "health", key, display, state, loc, q, policy } = route.useSearch();
  const navigate = useNavigate();
  const who = useWho();
  const counts = useTillCounts();
  const one = stateOf(state);
  const filter = { ...(one ? { state: one } : {}), ...(loc ? { loc } : {}), ...(q ? { q } : {}) };
  // Where there are no tills, their tab is shown only to a person who comes to make the first one.
  const sold = tab === "tills" || (counts.data?.total ?? 0) > 0;
  const all: { key: string; operation?: string; children: ReactNode }[] = [
    { key: "health", children: <Health /> },
    { key: "sinks", children: <Sinks /> },
    { key: "sources", children: <Sources /> },
    ...(sold
      ? [
          {
            key: "tills",
            operation: "ListTills",
            children: policy ? <Policies chosen={policy} /> : <Tills filter={filter} />,
          },
        ]
      : []),
    { key: "fleet", operation: "ListNodes", children: <Fleet /> },
    { key: "replicas", operation: "ListReplicas", children: <Replicas /> },
    { key: "keys", operation: "ListKeys", children: <Keys chosen={key} /> },
    { key: "displays", operation: "ListDisplays", children: <Displays chosen={display} /> },
    { key: "tenants", operation: "ListTenants", children: <Tenants /> },
    { key: "settings", operation: "GetSettings", children: <Settings /> },
    { key: "doctor", operation: "ListFindings", children: <Doctor /> },
  ];
  // A person who may not read the content of a tab does not see the tab, such as what all tenants
  // share.
  const tabs = all
    .filter(({ operation }) => !operation || who.data?.actions.includes(operation))
    .map(({ key, children }) => ({ key, children, label: t(`running:tab.${key}`) }));
  const hidden = who.data && all.some(({ key }) => key === tab) && !tabs.some(({ key }) => key === tab);
  return (
    <Page
      title={t("running:title")}
      name={t("running:title")}
      purpose={t("running:purpose")}
      guide={guides[tab] ?? "sinks"}
    >
      <div className="limited">
        {hidden && (
          <Alert
            className="frame"
            type="info"
            role="status"
            title={t("running:notYours", {
              role: t(`app:role.${who.data?.role}`, { defaultValue: who.data?.role }),
              tab: t(`running:tab.${tab}`),
            })}
          />
        )}
        <Tabs
          label={t("running:title")}
          tabs={tabs}
          active={tab}
          onChange={(next) => void navigate({ to: "/running", search: next === "health" ? {} : { tab: next } })}
        />
      </div>
    </Page>
  );
}
