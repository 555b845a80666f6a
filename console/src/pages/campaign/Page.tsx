import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { campaign } from "../../api/sellingQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { About } from "./About.tsx";
import { Actions } from "./Actions.tsx";
import { Items } from "./Items.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("campaign", { en, zh });

const route = getRouteApi("/selling/campaigns/$campaign");

export function CampaignPage() {
  const { t } = useTranslation("campaign");
  const { campaign: id } = route.useParams();
  const asked = useQuery(campaign(id));
  return (
    <Page
      title={
        <>
          <Id>{id}</Id> {asked.data?.name && <bdi className="muted">{asked.data.name}</bdi>}
        </>
      }
      name={id}
      purpose={t("purpose")}
      guide="campaigns"
      reading={{ came: asked.dataUpdatedAt, error: asked.error }}
    >
      <div className="limited">
        <p className="frame">
          <Link to="/selling" search={{ tab: "campaigns" }}>
            {t("all")}
          </Link>
        </p>
        <Answer of={asked} what={t("what")}>
          {(data) => (
            <>
              {data ? <About campaign={data} /> : <Empty>{t("unknown")}</Empty>}
              <Actions key={id} id={id} campaign={data} />
              {data && <Items campaign={data} />}
            </>
          )}
        </Answer>
      </div>
    </Page>
  );
}
