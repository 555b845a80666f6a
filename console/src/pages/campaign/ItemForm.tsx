import { useQuery } from "@tanstack/react-query";
import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { product, quotas } from "../../api/itemQueries.ts";
import { quantity } from "../../format/decimal.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { Failed } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { useDelayed } from "../../parts/useDelayed.ts";
import { type ItemFields, nameOf, planItem, planRetry } from "./plans.ts";
import type { Campaign } from "./rule.ts";

interface Props {
  campaign: Campaign;
  onClose: () => void;
}

/** Brings a product at a place into the campaign, or changes it there. */
export function ItemForm({ campaign, onClose }: Props) {
  const { t } = useTranslation("campaign");
  const [fields, setFields] = useState<ItemFields>({ product: "", location: "", quota: "", out: false });
  const set = (changed: Partial<ItemFields>) => setFields({ ...fields, ...changed });
  const id = useDelayed(fields.product.trim(), 250);
  const known = useQuery({ ...product(id), enabled: id !== "" });
  const places = (known.data?.locations ?? []).map(({ location_id }) => location_id);
  const location = fields.location || (places.length === 1 ? (places[0] ?? "") : "");
  const asked = useQuery({ ...quotas(id, location), enabled: id !== "" && location !== "" });
  const stock = asked.data;
  return (
    <>
      <CommandForm
        operation="SetCampaignItems"
        plan={() => planItem(campaign, stock, { ...fields, location })}
        result={(answer) => <Told answer={answer} />}
        onClose={onClose}
      >
        {(faults) => (
          <>
            <TextField
              label={t("item.product")}
              value={fields.product}
              onChange={(value) => set({ product: value, location: "" })}
              fault={faults.product}
            />
            <ChoiceField
              label={t("item.location")}
              value={location}
              onChange={(value) => set({ location: value })}
              choices={["", ...places].map((place) => ({ value: place, label: place || "–" }))}
              fault={faults.location}
            />
            <ChoiceField
              label={t("item.do")}
              value={fields.out ? "out" : "in"}
              onChange={(value) => set({ out: value === "out" })}
              choices={[
                { value: "in", label: t("item.in") },
                { value: "out", label: t("item.out") },
              ]}
            />
            {!fields.out && (
              <TextField
                number
                label={t("head.quota")}
                hint={stock && t("item.pool", { shared: quantity(stock.shared, stock.unit, stock.scale) })}
                unit={stock?.unit}
                value={fields.quota}
                onChange={(value) => set({ quota: value })}
                fault={faults.quota}
              />
            )}
          </>
        )}
      </CommandForm>
      {id !== "" && known.error && !known.data && <Failed what={t("item.what")} error={known.error} />}
    </>
  );
}

/** The books are asked again for what they refused. */
export function TryAgain({ campaign, onClose }: Props) {
  const { t } = useTranslation("campaign");
  return (
    <CommandForm
      operation="SetCampaignItems"
      name="TryAgain"
      plan={() => planRetry(campaign)}
      result={(answer) => <Told answer={answer} />}
      onClose={onClose}
    >
      {(faults) => <p>{faults.items ?? t("retryNote")}</p>}
    </CommandForm>
  );
}

/** The books' answer for each item of a write. */
function Told({ answer }: { answer: unknown }) {
  const { t } = useTranslation(["campaign", "app"]);
  const { items } = answer as components["schemas"]["Campaign"];
  return (
    <ul className="plain-list">
      {items.slice(0, 20).map((item) => (
        <li key={nameOf(item)}>
          <Id>{nameOf(item)}</Id>: {t(`campaign:itemState.${item.ended ? "out" : item.state}`)}
          {item.state === "refused" && (
            <>
              {" "}
              {t(`app:problem.${item.code}`, { defaultValue: item.code ?? "" })}{" "}
              <small className="muted">
                <bdi>{item.detail}</bdi>
              </small>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
