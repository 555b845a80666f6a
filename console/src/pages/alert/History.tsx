import { useTranslation } from "react-i18next";
import { type Alert, figureOf } from "../../parts/alerts.ts";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";

type Moment = NonNullable<Alert["history"]>[number];

/** The moments of an alert, the newest first. */
export function History({ of }: { of: Alert }) {
  const { t } = useTranslation("alert");
  const moments = [...(of.history ?? [])].reverse();
  return (
    <section>
      <h2>{t("history")}</h2>
      {moments.length === 0 ? (
        <p className="muted">{t("noHistory")}</p>
      ) : (
        <ol className="timeline">
          {moments.map((moment) => (
            <OneMoment key={JSON.stringify(moment)} of={moment} />
          ))}
        </ol>
      )}
    </section>
  );
}

function OneMoment({ of }: { of: Moment }) {
  const { t } = useTranslation("alert");
  return (
    <li>
      <Time at={of.at} relative /> <strong>{t(`what.${of.what}`)}</strong>
      {of.value !== undefined && <span className="figure"> {t("valueOf", { value: figureOf(of.value) })}</span>}
      {of.receiver_id && (
        <>
          {" "}
          → <Id>{of.receiver_id}</Id>
        </>
      )}
      {of.operator && (
        <>
          {" "}
          · <Id>{of.operator}</Id>
        </>
      )}{" "}
      <bdi className="muted">{of.note}</bdi>
    </li>
  );
}
