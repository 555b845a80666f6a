import { useTranslation } from "react-i18next";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import type { Case } from "./plans.ts";

/** The comments on the case, the oldest first. */
export function Comments({ of }: { of: Case }) {
  const { t } = useTranslation("case");
  const said = of.comments ?? [];
  if (said.length === 0) return null;
  return (
    <section>
      <h2>{t("comments")}</h2>
      <ol className="timeline">
        {said.map(({ text, operator, at }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: comments are only ever added, behind the others
          <li key={index}>
            <Id>{operator}</Id> <Time at={at} relative />
            <br />
            <bdi>{text}</bdi>
          </li>
        ))}
      </ol>
    </section>
  );
}
