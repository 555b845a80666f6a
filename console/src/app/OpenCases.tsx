import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { cases } from "../api/caseQueries.ts";
import { useWho } from "../api/queries.ts";

/** How often they are counted, in milliseconds. */
const pace = 30_000;
const most = 99;

/** How many cases nobody has decided yet. */
export function OpenCases() {
  const { t } = useTranslation("app");
  const { data: who } = useWho();
  // A key that is bound to places has to name one of them.
  const places = who?.locations ?? [undefined];
  const asked = places.flatMap((location_id) =>
    (["open", "assigned"] as const).map((state) => ({ state, ...(location_id ? { location_id } : {}) })),
  );
  const answers = useQueries({
    queries: asked.map((filter) => ({
      ...cases(filter, pace),
      enabled: who?.actions.includes("ListCases") ?? false,
    })),
  });
  const count = answers.reduce((sum, { data }) => sum + (data?.items.length ?? 0), 0);
  if (count === 0) return null;
  return (
    <span className="count" title={t("nav.openCases", { count })}>
      {count > most ? `${most}+` : count}
    </span>
  );
}
