import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { alerts } from "../api/alertQueries.ts";
import { cases } from "../api/caseQueries.ts";
import { useWho } from "../api/queries.ts";

/** How often they are counted, in milliseconds. */
const pace = 30_000;
const most = 99;

/** The number of cases that nobody has decided yet, and of alerts that nobody takes care of. */
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
  const fired = useQueries({
    queries: places.map((location_id) => ({
      ...alerts({ state: "firing", ...(location_id ? { location_id } : {}) }, pace),
      enabled: who?.actions.includes("ListAlerts") ?? false,
    })),
  });
  const sum = (of: { data: { items: unknown[] } | undefined }[]) =>
    of.reduce((all, { data }) => all + (data?.items.length ?? 0), 0);
  const [open, firing] = [sum(answers), sum(fired)];
  const count = open + firing;
  if (count === 0) return null;
  const said = [open > 0 && t("nav.openCases", { count: open }), firing > 0 && t("nav.firing", { count: firing })];
  return (
    <span className="count" title={said.filter(Boolean).join(" · ")}>
      {count > most ? `${most}+` : count}
    </span>
  );
}
