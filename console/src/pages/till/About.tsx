import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { grouped } from "../../format/decimal.ts";
import { Facts } from "../../parts/Facts.tsx";
import { Id } from "../../parts/Id.tsx";
import { inForce, type Part, parts, partText } from "../../parts/policy/inherit.ts";
import { TillBadge, TillClock } from "../../parts/TillBadge.tsx";
import { Time } from "../../parts/Time.tsx";
import { type Till, tillStates } from "../../parts/tills.ts";

/** The state of a till, and its policy. */
export function About({ of }: { of: Till }) {
  const { t } = useTranslation(["till", "policy", "app"]);
  const waits = of.last - of.seq;
  return (
    <>
      <p className={of.state === "synced" || of.state === "unpaired" ? "frame verdict" : "frame verdict fault"}>
        {t(`till:means.${tillStates.find((one) => one === of.state) ?? "synced"}`)}
      </p>
      <Facts
        facts={[
          [t("till:state"), <TillBadge key="state" state={of.state} />],
          [
            t("app:till.behindSince"),
            of.state === "behind" && of.behind_since && <Time at={of.behind_since} relative />,
          ],
          [t("app:till.heard"), of.paired && <Time at={of.heard_at} relative />],
          [t("app:till.waits"), of.paired && <span className="figure">{grouped(waits)}</span>],
          [t("app:till.clock"), of.clock_skewed && <TillClock of={of} />],
          [t("till:code.until"), of.code_expires_at && <Time at={of.code_expires_at} relative />],
          [
            t("app:thing.location"),
            <Link key="place" to="/items" search={{ loc: of.location_id }}>
              <Id>{of.location_id}</Id>
            </Link>,
          ],
          [t("till:policy.channel_id"), of.channel_id && <Id>{of.channel_id}</Id>],
          ...parts.map((part) => [t(`policy:part.${part}`), <Sourced key={part} of={of} part={part} />]),
          [t("till:inForce.title"), of.paired && <InForce key="inForce" of={of} />],
          [t("till:changed"), <Time key="changed" at={of.updated_at} relative />],
        ].map(([name, value]) => [name as string, value === false ? undefined : value])}
      />
    </>
  );
}

/** Whether the till works by the policy that is wanted. */
function InForce({ of }: { of: Till }) {
  const { t } = useTranslation("till");
  if (!of.policy_in_force) return <span className="muted">{t("inForce.unknown")}</span>;
  return <>{t(parts.some((part) => inForce(of, part) !== undefined) ? "inForce.older" : "inForce.wanted")}</>;
}

/** A part of the policy that is wanted, where it comes from, and the one that the till still works by. */
function Sourced({ of, part }: { of: Till; part: Part }) {
  const { t } = useTranslation(["till", "policy", "app"]);
  const from = of.policy_from?.[part];
  const is = inForce(of, part);
  return (
    <>
      <span className="figure">{partText(t, part, of[part])}</span>{" "}
      {from && <small className="muted">{t(`policy:from.${from}`)}</small>}{" "}
      {is !== undefined && <strong>{t("till:inForce.is", { value: partText(t, part, is) })}</strong>}
    </>
  );
}
