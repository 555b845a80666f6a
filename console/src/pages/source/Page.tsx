import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type components, HoldfastError } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { parkedMessages, source } from "../../api/runningQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { grouped } from "../../format/decimal.ts";
import { Facts } from "../../parts/Facts.tsx";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { ParkedCards } from "../../parts/ParkedCards.tsx";
import { Time } from "../../parts/Time.tsx";
import { Actions } from "./Actions.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("source", { en, zh });

const route = getRouteApi("/running/sources/$source");

/** One source: its state, and the messages that were no commands. */
export function SourcePage() {
  const { t } = useTranslation("source");
  const { source: name } = route.useParams();
  const asked = useQuery(source(name));
  const unknown = asked.error instanceof HoldfastError && asked.error.code === "NOT_FOUND";
  return (
    <Page
      title={<Id>{name}</Id>}
      name={name}
      purpose={t("purpose")}
      guide="sources"
      reading={{ came: asked.dataUpdatedAt, error: asked.error }}
    >
      <div className="limited">
        {unknown ? (
          <Empty>{t("unknown")}</Empty>
        ) : (
          <Answer of={asked} what={t("what")}>
            {(data) => (
              <>
                <About source={data} />
                <Actions key={name} source={data} />
                <Parked name={name} />
              </>
            )}
          </Answer>
        )}
        <p>
          <Link to="/running" search={{ tab: "sources" }}>
            {t("back")}
          </Link>
        </p>
      </div>
    </Page>
  );
}

function About({ source: of }: { source: components["schemas"]["Source"] }) {
  const { t } = useTranslation(["source", "app"]);
  return (
    <Facts
      facts={[
        [t("app:parked.state"), <strong key="state">{t(`app:act.flow.${of.state}`)}</strong>],
        [t("source:failing"), of.failing_since && <Time at={of.failing_since} relative />],
        [t("source:error"), of.last_error && <bdi>{of.last_error}</bdi>],
        [t("source:lag"), of.lag_messages === undefined ? t("source:unsaid") : grouped(of.lag_messages)],
        [t("app:parked.title"), grouped(of.parked)],
        [t("source:accepted"), grouped(of.accepted)],
        [t("source:refused"), grouped(of.refused)],
        [t("source:kind"), of.kind],
        [t("source:target"), <Id key="target">{of.target}</Id>],
        [t("source:topic"), <Id key="topic">{of.topic}</Id>],
        [t("source:group"), <Id key="group">{of.group}</Id>],
        [t("source:replies"), of.reply_topic && <Id key="replies">{of.reply_topic}</Id>],
        [t("source:relay"), of.relay ? <Id key="relay">{of.relay}</Id> : t("source:noRelay")],
      ]}
    />
  );
}

function Parked({ name }: { name: string }) {
  const { t } = useTranslation("app");
  const asked = useQuery(parkedMessages(name));
  return (
    <section>
      <h2>{t("parked.title")}</h2>
      <Answer of={asked} what={t("parked.title")} rows={2}>
        {(data) => (
          <ParkedCards
            items={data.items.map(({ message_id, ...one }) => ({ title: message_id || one.id, ...one }))}
            more={data.next_page_token !== undefined}
            writes={(id) => ({
              requeue: { operation: "RequeueParkedMessage", body: { name, id } },
              discard: { operation: "DiscardParkedMessage", body: { name, id } },
            })}
          />
        )}
      </Answer>
    </section>
  );
}
