import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { HoldfastError } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { parkedEvents, sink } from "../../api/runningQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { ParkedCards } from "../../parts/ParkedCards.tsx";
import { About } from "./About.tsx";
import { Actions } from "./Actions.tsx";
import { Deliveries } from "./Deliveries.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("sink", { en, zh });

const route = getRouteApi("/running/sinks/$sink");

/** One sink: how far it is, and what is wrong with it. */
export function SinkPage() {
  const { t } = useTranslation(["sink", "app"]);
  const { sink: name } = route.useParams();
  const asked = useQuery(sink(name));
  const unknown = asked.error instanceof HoldfastError && asked.error.code === "NOT_FOUND";
  return (
    <Page
      title={<Id>{name}</Id>}
      name={name}
      purpose={t("sink:purpose")}
      guide="sinks"
      reading={{ came: asked.dataUpdatedAt, error: asked.error }}
    >
      <div className="limited">
        {unknown ? (
          <Empty>{t("sink:unknown")}</Empty>
        ) : (
          <Answer of={asked} what={t("sink:what")}>
            {(data) => (
              <>
                <About sink={data} />
                <Actions key={name} sink={data} />
                <Parked name={name} />
                {data.kind === "webhook" && <Deliveries name={name} />}
              </>
            )}
          </Answer>
        )}
        <p>
          <Link to="/running" search={{ tab: "sinks" }}>
            {t("sink:back")}
          </Link>
        </p>
      </div>
    </Page>
  );
}

function Parked({ name }: { name: string }) {
  const { t } = useTranslation("app");
  const asked = useQuery(parkedEvents(name));
  return (
    <section>
      <h2>{t("parked.title")}</h2>
      <Answer of={asked} what={t("parked.title")} rows={2}>
        {(data) => (
          <ParkedCards
            items={data.items.map(({ key, ...one }) => ({ title: key, ...one }))}
            more={data.next_page_token !== undefined}
            writes={(id) => ({
              requeue: { operation: "RequeueParked", body: { name, id } },
              discard: { operation: "DiscardParked", body: { name, id } },
            })}
          />
        )}
      </Answer>
    </section>
  );
}
