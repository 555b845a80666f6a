import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { HoldfastError } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { oneAlert } from "../../api/alertQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { AlertBadge } from "../../parts/AlertBadge.tsx";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { About } from "./About.tsx";
import { Actions } from "./Actions.tsx";
import { History } from "./History.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("alert", { en, zh });

const route = getRouteApi("/alerts/$alert");

/** One alert: what it found, what was done about it, and the notices that were sent. */
export function AlertPage() {
  const { t } = useTranslation("alert");
  const { alert: id } = route.useParams();
  const asked = useQuery(oneAlert(id));
  const unknown = asked.error instanceof HoldfastError && asked.error.code === "NOT_FOUND";
  const name = asked.data?.title ?? id;
  return (
    <Page
      title={<bdi>{name}</bdi>}
      name={name}
      purpose={t("purpose")}
      guide="alerts"
      reading={{ came: asked.dataUpdatedAt, error: asked.error }}
    >
      <div className="limited">
        {unknown ? (
          <Empty>{t("unknown")}</Empty>
        ) : (
          <Answer of={asked} what={t("is")}>
            {(data) => (
              <>
                <p className="verdict">
                  <AlertBadge state={data.state} />
                </p>
                <Actions key={id} of={data} />
                <About of={data} />
                <History of={data} />
              </>
            )}
          </Answer>
        )}
        <p>
          <Link to="/inbox/alerts">{t("back")}</Link>
        </p>
      </div>
    </Page>
  );
}
