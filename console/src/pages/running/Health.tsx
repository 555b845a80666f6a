import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { readiness, sinks, sources } from "../../api/runningQueries.ts";
import { grouped } from "../../format/decimal.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { type Trouble, tillTroublesOf, troublesOf } from "./health.ts";
import { useTillCounts } from "./useTillCounts.ts";

/** Is anything stuck? A sentence, then the reasons. */
export function Health() {
  const { t } = useTranslation("running");
  const ready = useQuery(readiness);
  return (
    <Answer of={ready} what={t("health.what")} rows={2}>
      {(word) => (
        <>
          <p className={word === "ready" ? "verdict" : "verdict fault"}>
            {t(word === "ready" ? "health.ready" : word === "stopping" ? "health.stopping" : "health.notReady")}
          </p>
          <Flows />
        </>
      )}
    </Answer>
  );
}

function Flows() {
  const { t } = useTranslation("running");
  const [out, into] = useQueries({ queries: [sinks, sources] });
  const tills = tillTroublesOf(useTillCounts().data);
  return (
    <Answer of={out} what={t("sinks.what")} rows={2}>
      {({ items: outs }) => (
        <Answer of={into} what={t("sources.what")} rows={2}>
          {({ items: ins }) => {
            const troubles = troublesOf(outs, ins);
            const count = troubles.length + tills.length;
            if (count === 0) {
              return <p>{t("health.fine", { sinks: outs.length, sources: ins.length })}</p>;
            }
            return (
              <>
                <p>{t("health.look", { count })}</p>
                <ul>
                  {troubles.map((one) => (
                    <Reason key={`${one.of} ${one.name} ${one.words}`} of={one} />
                  ))}
                  {tills.map(({ state, count }) => (
                    <li key={state}>
                      <Link to="/running" search={{ tab: "tills", state }}>
                        {t(`health.tills.${state}`, { count })}
                      </Link>
                    </li>
                  ))}
                </ul>
              </>
            );
          }}
        </Answer>
      )}
    </Answer>
  );
}

function Reason({ of }: { of: Trouble }) {
  const { t } = useTranslation("running");
  return (
    <li>
      {t(`health.${of.of}`)}{" "}
      {of.of === "sink" ? (
        <Link to="/running/sinks/$sink" params={{ sink: of.name }}>
          <Id>{of.name}</Id>
        </Link>
      ) : (
        <Link to="/running/sources/$source" params={{ source: of.name }}>
          <Id>{of.name}</Id>
        </Link>
      )}{" "}
      {t(`health.is.${of.words}`, { number: grouped(of.count) })}
    </li>
  );
}
