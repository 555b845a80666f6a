import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AlertTerms, triedRule } from "../../api/alertQueries.ts";
import { figureOf, subjectOf } from "../../parts/alerts.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { marksOf, strip, type Tried } from "./tries.ts";

/** So many moments are spelled out; the strip has all of them. */
const spelled = 20;

/** The firings that the rule would have had over the last week. Nothing is stored or sent. */
export function Try({ terms }: { terms: AlertTerms | undefined }) {
  const { t } = useTranslation("alerts");
  const [asked, setAsked] = useState<{ terms: AlertTerms; until: string } | undefined>();
  return (
    <section className="tried" aria-label={t("try.label")}>
      <Button
        disabled={terms === undefined}
        onClick={() => terms && setAsked({ terms, until: new Date().toISOString() })}
      >
        {t("try.ask")}
      </Button>
      {asked && (
        <>
          {JSON.stringify(asked.terms) !== JSON.stringify(terms) && <p className="muted">{t("try.earlier")}</p>}
          <Came key={asked.until} {...asked} />
        </>
      )}
    </section>
  );
}

function Came({ terms, until }: { terms: AlertTerms; until: string }) {
  const { t } = useTranslation("alerts");
  const of = useQuery(triedRule(terms, until));
  return (
    <Answer of={of} what={t("try.label")} rows={2}>
      {({ items, fired }) => (
        <>
          <p role="status">
            <strong>{t("try.fired", { count: fired })}</strong>
          </p>
          {items.length > 0 && <Strip marks={marksOf(items, until)} />}
          <ul className="plain-list">
            {items.slice(-spelled).map((one) => (
              <Moment key={JSON.stringify(one)} of={one} />
            ))}
          </ul>
          {items.length > spelled && <p className="muted">{t("try.more", { count: spelled })}</p>}
        </>
      )}
    </Answer>
  );
}

function Moment({ of }: { of: Tried }) {
  const { t } = useTranslation("alerts");
  return (
    <li>
      <Time at={of.at} /> {t(`try.what.${of.what}`)}{" "}
      <span className="figure">{t("try.value", { value: figureOf(of.value) })}</span>{" "}
      <Id>{subjectOf(of).join(" · ")}</Id>
    </li>
  );
}

/** The week as a line, with a mark for each firing; the list below says the same. */
function Strip({ marks }: { marks: number[] }) {
  const { t } = useTranslation("alerts");
  return (
    <svg
      className="curve"
      viewBox={`-4 0 ${strip + 8} 40`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t("try.strip", { count: marks.length })}
    >
      <polyline className="yesterday" points={`0,20 ${strip},20`} />
      {marks.map((x) => (
        <polyline key={x} className="now" points={`${x},4 ${x},36`} />
      ))}
    </svg>
  );
}
