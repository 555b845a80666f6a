import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { HoldfastError } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { transfer } from "../../api/transferQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { Actions } from "./Actions.tsx";
import { History } from "./History.tsx";
import { Lines } from "./Lines.tsx";
import type { Transfer } from "./plans.ts";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("transfer", { en, zh });

const route = getRouteApi("/transfers/$transfer");

export function TransferPage() {
  const { t } = useTranslation("transfer");
  const { transfer: id } = route.useParams();
  const asked = useQuery(transfer(id));
  const unknown = asked.error instanceof HoldfastError && asked.error.code === "NOT_FOUND";
  return (
    <Page
      title={<Id>{id}</Id>}
      name={id}
      purpose={t("purpose")}
      guide="transfers"
      reading={{ came: asked.dataUpdatedAt, error: asked.error }}
    >
      <div className="limited">
        {unknown ? (
          <Empty>{t("unknown")}</Empty>
        ) : (
          <Answer of={asked} what={t("what")}>
            {(data) => (
              <>
                <About transfer={data} />
                <Actions key={id} transfer={data} />
                <Lines lines={data.lines} to={data.to_location_id} />
                <History transfer={data} />
              </>
            )}
          </Answer>
        )}
      </div>
    </Page>
  );
}

function About({ transfer: of }: { transfer: Transfer }) {
  const { t } = useTranslation(["transfer", "app"]);
  const told = [of.operator, of.reason, of.reference].filter(Boolean).join(" · ");
  return (
    <p className="frame">
      <strong>{t(`app:act.transfer.${of.state}`)}</strong>: <Place id={of.from_location_id} /> →{" "}
      <Place id={of.to_location_id} />
      {of.channel_id && <>, {t("transfer:channel", { channel: of.channel_id })}</>}
      {of.expected_at && (
        <>
          , {t("transfer:expected")} <Time at={of.expected_at} relative />
        </>
      )}
      {told && (
        <>
          {" "}
          <bdi className="muted">{told}</bdi>
        </>
      )}
      {of.pending && (
        <>
          {" "}
          <span role="status">{t("transfer:pending")}</span>
        </>
      )}
    </p>
  );
}

function Place({ id }: { id: string }) {
  return (
    <Link to="/items" search={{ loc: id }}>
      <Id>{id}</Id>
    </Link>
  );
}
