import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import type { Command } from "../api/commands.ts";
import { Id } from "./Id.tsx";

type Answer = components["schemas"]["ExecuteBatchResponse"];
type Batch = Extract<Command, { operation: "ExecuteBatch" }>;

/** The outcome of the writes of a batch: how many were done, and those that were refused with their reasons. */
export function BatchResults({ command, answer }: { command: Batch; answer: unknown }) {
  const { t } = useTranslation("app");
  const { results } = answer as Answer;
  const refused = results.flatMap((one, at) => (one.error ? [{ at, error: one.error }] : []));
  return (
    <>
      <p>{t("act.batchDone", { count: results.length - refused.length })}</p>
      {refused.length > 0 && (
        <>
          <p>{t("act.batchRefused", { count: refused.length })}</p>
          <ul className="plain-list">
            {refused.map(({ at, error }) => (
              <li key={at}>
                <Id>{subject(command, at)}</Id>{" "}
                {t(`problem.${error.code}`, { defaultValue: t("problem.OTHER", { code: error.code }) })}{" "}
                <small className="muted">
                  <bdi>{error.detail}</bdi>
                </small>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** The subject of a write of the batch. */
function subject({ body }: Batch, at: number): string {
  const { extend, release, set_threshold, set_sale_status, set_quotas, allot } = body.commands[at] ?? {};
  const order = (extend ?? release)?.order_id;
  const of = extend ?? release ?? set_threshold ?? set_sale_status ?? set_quotas ?? allot;
  return [order, of?.product_id, of?.location_id].filter(Boolean).join(" · ");
}
