import { useTranslation } from "react-i18next";
import { grouped } from "../format/decimal.ts";
import { midnight } from "./day.ts";
import { Panel } from "./Panel.tsx";
import type { Shown } from "./run.ts";

/** Today's orders of each channel, the most first. */
export function Channels({ night, now }: Shown) {
  const { t } = useTranslation("wall");
  const today = night.today?.start === midnight(now) ? night.today.channels : {};
  const all = Object.entries(today)
    .filter(([, orders]) => orders > 0)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const most = all[0]?.[1] ?? 1;
  return (
    <Panel
      night={night}
      now={now}
      name="list channels"
      of="minutes"
      title={t("list.channels")}
      empty={all.length === 0}
    >
      <ul>
        {all.map(([name, orders]) => (
          <li key={name}>
            <bdi>{name || t("list.noChannel")}</bdi>
            <span className="bar">
              <span style={{ width: `${(orders / most) * 100}%` }} />
            </span>
            <span className="figure">{grouped(orders)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
