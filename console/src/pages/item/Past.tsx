import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import type { components } from "holdfast-client";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../../api/itemQueries.ts";
import { journal } from "../../api/journalQueries.ts";
import { momentOf, typedMoment } from "../../format/time.ts";
import { AccountsBar } from "../../parts/AccountsBar.tsx";
import { reckon } from "../../parts/accounts.ts";
import { MomentField } from "../../parts/Field.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { JournalTable } from "../../parts/JournalTable.tsx";
import { Time } from "../../parts/Time.tsx";
import { moment } from "./moment.ts";
import { Accounts } from "./tabs/Accounts.tsx";

type Product = components["schemas"]["ProductInventory"];

/** The item as it was: nothing moves, and nothing can be done. */
export function Past(props: {
  id: string;
  loc: string | undefined;
  at: string;
  of: Product;
  onAt: (at: string | undefined) => void;
}) {
  const { t } = useTranslation(["item", "app"]);
  const { id, loc, at, of, onAt } = props;
  const then = useQuery(accounts(id, at));
  const before = useQuery(journal({ product_id: id, location_id: loc, until: moment(at, 1) }, undefined, false));
  const after = useQuery(journal({ product_id: id, location_id: loc, since: moment(at, 1) }, undefined, false));
  const entries = before.data?.items ?? [];
  const last = entries[0];
  // The next change is known when all later ones fit on one page.
  const next = after.data && !after.data.next_page_token ? after.data.items.at(-1) : undefined;
  return (
    <section className="past" aria-label={t("item:past.label")}>
      <div className="filters">
        <strong>
          {t("item:past.asOf")} <Time at={at} />
        </strong>
        <Chosen at={at} onAt={onAt} />
        <Button disabled={!last?.at} onClick={() => last?.at && onAt(moment(last.at, -1))}>
          {t("item:past.before")}
        </Button>
        <Button disabled={!next?.at} onClick={() => next?.at && onAt(next.at)}>
          {t("item:past.after")}
        </Button>
        <Button type="primary" onClick={() => onAt(undefined)}>
          {t("item:past.back")}
        </Button>
      </div>
      <Answer of={then} what={t("item:accounts.what")}>
        {(data) => (
          <AccountsBar
            of={data}
            reckoning={reckon(
              data.items.filter((one) => loc === undefined || one.location_id === loc).flatMap((one) => one.accounts),
            )}
            tabOf={() => undefined}
          />
        )}
      </Answer>
      <Accounts id={id} loc={loc} at={at} />
      <h2>{t("item:past.led")}</h2>
      <Answer of={before} what={t("app:journal")}>
        {(): ReactNode => (
          <JournalTable rows={entries.slice(0, shown)} onSeen={() => {}} of={of} place={loc === undefined} />
        )}
      </Answer>
    </section>
  );
}

/** How many entries before the moment are shown. */
const shown = 20;

/** The moment as a field. It counts when it is whole. */
function Chosen({ at, onAt }: { at: string; onAt: (at: string) => void }) {
  const { t } = useTranslation("item");
  const [typed, type] = useState({ at, text: typedMoment(at) });
  if (typed.at !== at) type({ at, text: typedMoment(at) });
  return (
    <MomentField
      label={t("past.moment")}
      value={typed.text}
      onChange={(text) => {
        type({ at, text });
        const chosen = momentOf(text, at);
        if (chosen && chosen !== at) onAt(chosen);
      }}
    />
  );
}
