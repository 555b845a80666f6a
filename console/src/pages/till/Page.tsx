import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { till } from "../../api/tillQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import type { Till } from "../../parts/tills.ts";
import { About } from "./About.tsx";
import { Actions } from "./Actions.tsx";
import { Cases } from "./Cases.tsx";
import { Orders } from "./Orders.tsx";
import { Stock } from "./Stock.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("till", { en, zh });

const route = getRouteApi("/running/tills/$till");

/** One till: how it is, what it has, and what needs a person. */
export function TillPage() {
  const { t } = useTranslation("till");
  const { till: id } = route.useParams();
  const asked = useQuery(till(id));
  return (
    <Page
      title={
        <>
          <Id>{id}</Id> {asked.data?.name && <bdi className="muted">{asked.data.name}</bdi>}
        </>
      }
      name={id}
      purpose={t("purpose")}
      guide="tills"
      reading={{ came: asked.dataUpdatedAt, error: asked.error }}
    >
      <div className="limited">
        <Answer of={asked} what={t("what")}>
          {(data) => <One key={id} of={data} />}
        </Answer>
        <p>
          <Link to="/running" search={{ tab: "tills" }}>
            {t("all")}
          </Link>
        </p>
      </div>
    </Page>
  );
}

function One({ of }: { of: Till | null }) {
  const { t } = useTranslation("till");
  // A deleted till is no longer there. Its form stays, and shows the outcome.
  const last = useRef<Till>(undefined);
  if (of) last.current = of;
  return (
    <>
      {of ? <About of={of} /> : <Empty>{t("unknown")}</Empty>}
      {last.current && <Actions of={last.current} gone={!of} />}
      {of && (
        <>
          <Stock of={of} />
          {of.paired && <Orders of={of} />}
          <Cases of={of} />
        </>
      )}
    </>
  );
}
