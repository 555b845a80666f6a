import { getRouteApi, useNavigate } from "@tanstack/react-router";
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
import { Replicas } from "./Replicas.tsx";
import { Settings } from "./Settings.tsx";
import { Sinks } from "./Sinks.tsx";
import { Sources } from "./Sources.tsx";
import { Tenants } from "./Tenants.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("running", { en, zh });

const route = getRouteApi("/running");

/** Is anything stuck? */
export function RunningPage() {
  const { t } = useTranslation("running");
  const { tab = "health", key, display } = route.useSearch();
  const navigate = useNavigate();
  const who = useWho();
  // Who may not read what is on a tab does not see it, such as what all tenants share.
  const tabs = [
    { key: "health", children: <Health /> },
    { key: "sinks", children: <Sinks /> },
    { key: "sources", children: <Sources /> },
    { key: "fleet", operation: "ListNodes", children: <Fleet /> },
    { key: "replicas", operation: "ListReplicas", children: <Replicas /> },
    { key: "keys", operation: "ListKeys", children: <Keys chosen={key} /> },
    { key: "displays", operation: "ListDisplays", children: <Displays chosen={display} /> },
    { key: "tenants", operation: "ListTenants", children: <Tenants /> },
    { key: "settings", operation: "GetSettings", children: <Settings /> },
    { key: "doctor", operation: "ListFindings", children: <Doctor /> },
  ]
    .filter(({ operation }) => !operation || who.data?.actions.includes(operation))
    .map(({ key, children }) => ({ key, children, label: t(`tab.${key}`) }));
  return (
    <Page
      title={t("title")}
      name={t("title")}
      purpose={t("purpose")}
      guide={tab === "keys" || tab === "displays" ? "console" : "sinks"}
    >
      <div className="limited">
        <Tabs
          label={t("title")}
          tabs={tabs}
          active={tab}
          onChange={(next) => void navigate({ to: "/running", search: next === "health" ? {} : { tab: next } })}
        />
      </div>
    </Page>
  );
}
