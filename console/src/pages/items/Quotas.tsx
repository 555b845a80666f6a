import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { quotas } from "../../api/itemQueries.ts";
import { slowly } from "../../api/queries.ts";
import type { ListedItem } from "../../api/types.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { TextField } from "../../parts/Field.tsx";
import { Count } from "./Count.tsx";
import { planQuotas, type Read } from "./quotas.ts";

type Item = ListedItem["inventory"];

/** Of so many at most the channels are read. */
export const mostRead = 200;

/** One quota of a channel for all items that are chosen. */
export function Quotas({ chosen, onClose }: { chosen: Item[]; onClose: () => void }) {
  const { t } = useTranslation("items");
  const [channel, setChannel] = useState("");
  const [quota, setQuota] = useState("");
  const [reason, setReason] = useState("");
  const [count, setCount] = useState("");
  const answers = useQueries({
    queries: chosen.slice(0, mostRead).map(({ product_id, location_id }) => ({
      ...quotas(product_id, location_id),
      refetchInterval: slowly,
    })),
  });
  const read = answers.map(({ data, error }): Read => data ?? error ?? undefined);
  const known = new Set(answers.flatMap(({ data }) => data?.channels.map(({ channel_id }) => channel_id) ?? []));
  return (
    <CommandForm
      operation="SetQuotas"
      plan={() => planQuotas(chosen, read, channel, quota, reason, count)}
      onClose={onClose}
    >
      {(faults) => (
        <>
          <TextField
            label={t("channel")}
            hint={known.size > 0 ? t("quota.known", { channels: [...known].sort().join(", ") }) : t("quota.new")}
            value={channel}
            onChange={setChannel}
            fault={faults.channel_id}
          />
          <TextField
            number
            label={t("quota.amount")}
            hint={t("quota.amountNote")}
            value={quota}
            onChange={setQuota}
            fault={faults.quota}
          />
          <TextField label={t("allot.reason")} value={reason} onChange={setReason} fault={faults.reason} />
          <Count chosen={chosen} value={count} onChange={setCount} fault={faults.count} />
        </>
      )}
    </CommandForm>
  );
}
