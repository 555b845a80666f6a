import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { addTexts } from "../../app/i18n.ts";
import { Page } from "../../parts/Frame.tsx";
import { Tabs } from "../../parts/Tabs.tsx";
import { Alerts } from "./Alerts.tsx";
import { Receivers } from "./Receivers.tsx";
import { Rules } from "./Rules.tsx";
import { Silences } from "./Silences.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("alerts", { en, zh });

const route = getRouteApi("/inbox/alerts");

/** Alerts that fire, rules that watch, and receivers that get notices. */
export function AlertsPage() {
  const { t } = useTranslation("alerts");
  const { tab = "alerts", of, ...filter } = route.useSearch();
  const navigate = useNavigate();
  const tabs = [
    { key: "alerts", children: <Alerts filter={filter} /> },
    { key: "rules", children: <Rules chosen={of} /> },
    { key: "receivers", children: <Receivers chosen={of} /> },
    { key: "silences", children: <Silences chosen={of} /> },
  ].map((one) => ({ ...one, label: t(`tab.${one.key}`) }));
  return (
    <Page title={t("title")} name={t("title")} purpose={t("purpose")} guide="alerts">
      <div className="limited">
        <Tabs
          label={t("title")}
          tabs={tabs}
          active={tab}
          onChange={(next) => void navigate({ to: "/inbox/alerts", search: next === "alerts" ? {} : { tab: next } })}
        />
      </div>
    </Page>
  );
}
