import { useQueries } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { checks, nodes } from "../../api/runningQueries.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Time } from "../../parts/Time.tsx";
import { type Finding, nameIn, verdicts } from "./fleet.ts";
import { Handbook } from "./Handbook.tsx";

/** The findings of a server that examines itself and its books. */
export function Doctor() {
  const { t } = useTranslation("running");
  const [asked, servers] = useQueries({ queries: [checks, nodes] });
  return (
    <>
      <p className="muted">{t("doctor.how")}</p>
      <Button onClick={() => void asked.refetch()} loading={asked.isFetching}>
        {t("doctor.run")}
      </Button>
      <Answer of={asked} what={t("doctor.what")}>
        {({ items = [], node_id, as_of }) => {
          const bad = items.filter(({ verdict }) => verdict === "wrong" || verdict === "warning").length;
          return (
            <>
              <p className={bad > 0 ? "verdict fault" : "verdict"} role="status">
                {bad > 0 ? t("doctor.bad", { count: bad }) : t("doctor.good")}
              </p>
              <p className="muted">
                {t("doctor.of", { node: nameIn(servers.data?.items ?? [], node_id) })} <Time at={as_of} relative />
              </p>
              <ul className="findings">
                {items.map((one) => (
                  <Found key={`${one.check} ${one.found}`} of={one} />
                ))}
              </ul>
            </>
          );
        }}
      </Answer>
    </>
  );
}

function Found({ of }: { of: Finding }) {
  const { t } = useTranslation("running");
  return (
    <li>
      <span aria-hidden="true">{verdicts[of.verdict]}</span> {t(`doctor.verdict.${of.verdict}`)}{" "}
      <strong>{t(`doctor.check.${of.check}`, { defaultValue: of.check })}</strong> <bdi>{of.found}</bdi>
      <div className="muted">
        {of.remedy && (
          <>
            <bdi>{of.remedy}</bdi>{" "}
          </>
        )}
        {of.verdict !== "ok" && <Handbook page={of.handbook} />}
      </div>
    </li>
  );
}
