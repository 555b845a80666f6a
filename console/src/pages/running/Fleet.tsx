import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { nodes, slots } from "../../api/runningQueries.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Handbook } from "./Handbook.tsx";
import { MoveTable } from "./MoveTable.tsx";
import { NodeTable } from "./NodeTable.tsx";
import { SlotTable } from "./SlotTable.tsx";

/** The servers, and the slots that the books are laid out over. */
export function Fleet() {
  const { t } = useTranslation("running");
  const [servers, books] = useQueries({ queries: [nodes, slots] });
  return (
    <Answer of={servers} what={t("nodes.what")} rows={3}>
      {({ items = [] }) => (
        <>
          <h2>{t("nodes.title")}</h2>
          <p className="muted">
            {t("nodes.how")} <Handbook page="operations/cluster" />
          </p>
          <NodeTable rows={items} />
          <h2>{t("slots.title")}</h2>
          <Answer of={books} what={t("slots.what")} rows={3}>
            {(layout) => (
              <>
                <p className="muted">
                  {t("slots.how")} <Handbook page="operations/shards" />
                </p>
                <SlotTable rows={layout.items ?? []} moves={layout.moves ?? []} nodes={items} />
                <h2>{t("moves.title")}</h2>
                <MoveTable rows={layout.moves ?? []} />
              </>
            )}
          </Answer>
        </>
      )}
    </Answer>
  );
}
