import { useQuery } from "@tanstack/react-query";
import { Button, Progress } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { goesOn, type Import, importOf, refusedRows } from "../../api/fileQueries.ts";
import { save } from "../../format/csv.ts";
import { Facts } from "../../parts/Facts.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { parse, shown } from "./preview.ts";
import { Rows } from "./Rows.tsx";

/** The progress of an import, and in the end its bad rows. */
export function Outcome({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("files");
  const title = useId();
  const answer = useQuery(importOf(id));
  return (
    <section aria-labelledby={title}>
      <h2 id={title}>{answer.data?.dry_run ? t("trial") : t("outcome")}</h2>
      <Answer of={answer} what={t("theImport")}>
        {(of) => (
          <>
            <div role="status">
              <Progress
                percent={of.rows > 0 ? Math.floor((100 * of.done) / of.rows) : 0}
                status={goesOn(of) ? "active" : of.state === "done" && of.refused === 0 ? "success" : "exception"}
                showInfo={false}
                aria-label={t("progress")}
              />
              <Facts
                facts={[
                  [t("state"), t(`states.${of.state}`)],
                  [t("kind"), t(`kinds.${of.kind}`)],
                  [t("rows"), t("doneOf", { done: of.done, rows: of.rows })],
                  [of.dry_run ? t("wouldApply") : t("applied"), of.applied],
                  [t("unchanged"), of.unchanged],
                  [of.dry_run ? t("wouldOpen") : t("opened"), t("openedOf", of.opened)],
                  [t("refused"), of.refused],
                  [t("problem"), of.problem && <bdi>{of.problem.reason}</bdi>],
                  [t("id"), <Id key="id">{of.import_id}</Id>],
                ]}
              />
            </div>
            {of.result && of.refused > 0 && <Bad of={of} />}
          </>
        )}
      </Answer>
      <Button onClick={onClose}>{t("close")}</Button>
    </section>
  );
}

/** The bad rows: line, column and reason, and the row's own cells. */
function Bad({ of }: { of: Import }) {
  const { t } = useTranslation("files");
  const answer = useQuery(refusedRows(of.import_id));
  return (
    <Answer of={answer} what={t("badRows")}>
      {(text) => {
        const [head = [], ...rows] = parse(text.replace(/^\ufeff/, ""));
        return (
          <>
            <Rows
              label={t("bad", { count: of.refused, shown: Math.min(rows.length, shown) })}
              head={head}
              rows={rows.slice(0, shown)}
            />
            <Button onClick={() => save(`${of.kind}-refused.csv`, text)}>{t("keepBad")}</Button>
          </>
        );
      }}
    </Answer>
  );
}
