import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { addTexts } from "../../app/i18n.ts";
import { Page } from "../../parts/Frame.tsx";
import { Tabs } from "../../parts/Tabs.tsx";
import { Displays } from "./Displays.tsx";
import { Health } from "./Health.tsx";
import { Keys } from "./Keys.tsx";
import { Settings } from "./Settings.tsx";
import { Sinks } from "./Sinks.tsx";
import { Sources } from "./Sources.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("running", { en, zh });

const route = getRouteApi("/running");

/** Is anything stuck? */
export function RunningPage() {
  const { t } = useTranslation("running");
  const { tab = "health", key, display } = route.useSearch();
  const navigate = useNavigate();
  const tabs = [
    { key: "health", children: <Health /> },
    { key: "sinks", children: <Sinks /> },
    { key: "sources", children: <Sources /> },
    { key: "keys", children: <Keys chosen={key} /> },
    { key: "displays", children: <Displays chosen={display} /> },
    { key: "settings", children: <Settings /> },
  ].map((one) => ({ ...one, label: t(`tab.${one.key}`) }));
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
