import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { journal } from "../../../api/journalQueries.ts";
import { every } from "../../../api/queries.ts";
import { entryKey } from "../../../parts/entries.ts";
import { Answer, Waiting } from "../../../parts/Frame.tsx";
import { JournalTable } from "../../../parts/JournalTable.tsx";
import { usePages } from "../../../parts/usePages.ts";

type Entry = components["schemas"]["LogEntry"];
type Entries = components["schemas"]["ListLogsResponse"];

interface Measured {
  unit?: string | undefined;
  scale?: number | undefined;
}

export function Journal({ id, loc, of }: { id: string; loc: string | undefined; of: Measured }) {
  const { t } = useTranslation("app");
  const { rows, answer, waiting, renew, onSeen } = usePages<Entry, Entries>(
    `${id}/${loc ?? ""}`,
    entryKey,
    (token, live) => journal({ product_id: id, location_id: loc }, token, live && every),
  );
  return (
    <Answer of={answer} what={t("journal")}>
      {() => (
        <div className="tab-list">
          <Waiting count={waiting} onShow={renew} />
          <JournalTable rows={rows} onSeen={onSeen} of={of} place={loc === undefined} />
        </div>
      )}
    </Answer>
  );
}
