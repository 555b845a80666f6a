import { useQueries, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { alerts } from "../../api/alertQueries.ts";
import { openCases } from "../../api/caseQueries.ts";
import { itemsIn } from "../../api/itemQueries.ts";
import { dueSoon } from "../../api/orderQueries.ts";
import { sinks } from "../../api/runningQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Page } from "../../parts/Frame.tsx";
import { CaseList } from "./CaseList.tsx";
import { FirstItems } from "./FirstItems.tsx";
import { ItemLines } from "./ItemLines.tsx";
import { SinkList } from "./SinkList.tsx";
import { Tiles } from "./Tiles.tsx";
import { Today } from "./Today.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("overview", { en, zh });

export function OverviewPage() {
  const { t } = useTranslation(["overview", "app"]);
  const [any, soldOut, low, oversold] = useQueries({
    queries: [itemsIn(), itemsIn("sold_out"), itemsIn("low"), itemsIn("oversold")],
  });
  const due = useQuery(dueSoon);
  const cases = useQuery(openCases);
  const firing = useQuery(alerts({ state: "firing" }));
  const leaving = useQuery(sinks);
  const none = any.data?.total === 0;
  return (
    <Page
      title={t("overview:title")}
      name={t("overview:title")}
      purpose={t("overview:purpose")}
      guide="console"
      reading={{ asOf: any.data?.as_of, came: any.dataUpdatedAt, error: any.error }}
    >
      <div className="limited">
        <Answer of={any} what={t("overview:what")} rows={3}>
          {() =>
            none ? (
              <FirstItems />
            ) : (
              <Tiles
                soldOut={soldOut.data?.total}
                low={low.data?.total}
                oversold={oversold.data?.total}
                due={due.data}
                cases={cases.data}
                alerts={firing.data}
                sinks={leaving.data?.items}
              />
            )
          }
        </Answer>
        {!none && <Today />}
        <div className="lists">
          {!none && (
            <ItemLines name={t("overview:soldOutNow")} none={t("overview:noneSoldOut")} of={soldOut} state="sold_out" />
          )}
          {!none && (
            <ItemLines
              name={t("overview:oversoldNow")}
              none={t("overview:noneOversold")}
              of={oversold}
              state="oversold"
            />
          )}
          <CaseList of={cases} />
          <SinkList of={leaving} />
        </div>
      </div>
    </Page>
  );
}
