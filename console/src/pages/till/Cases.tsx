import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { cases } from "../../api/caseQueries.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Time } from "../../parts/Time.tsx";
import type { Till } from "../../parts/tills.ts";

/** So many are shown; the newest stand on top. */
const shown = 10;

/** The cases of a till that wait for a person. */
export function Cases({ of }: { of: Till }) {
  const { t } = useTranslation(["till", "app"]);
  const asked = useQuery(cases({ till_id: of.till_id, state: "open" }));
  return (
    <section>
      <h2>{t("till:cases.title")}</h2>
      <Answer of={asked} what={t("till:cases.title")} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">{t("till:cases.none")}</p>
          ) : (
            <ul className="lines">
              {items.slice(0, shown).map(({ case_id, kind, opened_at }) => (
                <li key={case_id}>
                  <Link to="/cases/$case" params={{ case: case_id }}>
                    {t(`app:act.case.${kind}`)}
                  </Link>
                  <span className="end">
                    <Time at={opened_at} relative />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
      <p>
        <Link to="/inbox" search={{ till: of.till_id }}>
          {t("till:cases.all")}
        </Link>
      </p>
    </section>
  );
}
