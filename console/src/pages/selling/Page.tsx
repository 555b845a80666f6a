import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { addTexts } from "../../app/i18n.ts";
import { Page } from "../../parts/Frame.tsx";
import { Tabs } from "../../parts/Tabs.tsx";
import { Campaigns } from "./Campaigns.tsx";
import { Channels } from "./channels/Channels.tsx";
import { Choose } from "./channels/Choose.tsx";
import { SoldByHour } from "./channels/SoldByHour.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("selling", { en, zh });

const route = getRouteApi("/selling");

type Search = ReturnType<typeof route.useSearch>;

export function SellingPage() {
  const { t } = useTranslation("selling");
  const { tab = "channels", product, loc, q, ch, state } = route.useSearch();
  const navigate = useNavigate();
  const show = (search: Search, replace = false) => {
    const said = Object.entries(search).filter(([, value]) => value);
    void navigate({ to: "/selling", search: Object.fromEntries(said), replace });
  };
  const filter = Object.fromEntries(Object.entries({ q, loc, ch }).filter(([, value]) => value));
  const tabs = [
    {
      key: "channels",
      label: t("tab.channels"),
      children: product ? (
        <Channels id={product} loc={loc} onPlace={(place) => show({ product, loc: place })} />
      ) : (
        <>
          <SoldByHour loc={loc} ch={ch} />
          <Choose filter={filter} onChange={show} />
        </>
      ),
    },
    {
      key: "campaigns",
      label: t("tab.campaigns"),
      children: (
        <Campaigns
          filter={{ ...(q ? { q } : {}), ...(state ? { state } : {}) }}
          onChange={(next, replace) => show({ tab: "campaigns", ...next }, replace)}
        />
      ),
    },
  ];
  return (
    <Page
      title={t("title")}
      name={t("title")}
      purpose={t(`purpose.${tab}`)}
      guide={tab === "campaigns" ? "campaigns" : "quotas"}
    >
      <div>
        <Tabs
          label={t("title")}
          tabs={tabs}
          active={tab}
          onChange={(key) => show(key === "channels" ? {} : { tab: key })}
        />
      </div>
    </Page>
  );
}
