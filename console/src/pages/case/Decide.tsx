import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { product } from "../../api/itemQueries.ts";
import { quantity } from "../../format/decimal.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { Id } from "../../parts/Id.tsx";
import type { Faults } from "../../parts/plan.ts";
import { type Case, type Choice, type Decision, decisionsOf, othersOf, planDecide, wordsOf } from "./plans.ts";

/** One of the ways out of a case. */
export function Decide({ of, onClose }: { of: Case; onClose: () => void }) {
  const { t } = useTranslation("case");
  const { data } = useQuery({ ...product(of.product_id ?? ""), enabled: Boolean(of.product_id) });
  const decisions = decisionsOf(of);
  const [choice, setChoice] = useState<Choice>({ decision: decisions[0] ?? "wait", orders: [], to: "", note: "" });
  const set = (changed: Partial<Choice>) => setChoice({ ...choice, ...changed });
  const acts = choice.decision === "release" || choice.decision === "move";
  return (
    <CommandForm operation="DecideCase" plan={() => planDecide(of, choice, data ?? {})} onClose={onClose}>
      {(faults) => (
        <>
          <ChoiceField
            label={t("decision")}
            hint={t(`means.${wordsOf(of, choice.decision)}`)}
            value={choice.decision}
            onChange={(decision) => set({ decision: decision as Decision })}
            choices={decisions.map((value) => ({ value, label: t(`decisions.${value}`) }))}
          />
          {choice.decision === "move" && (
            <ChoiceField
              label={t("to")}
              value={choice.to}
              onChange={(to) => set({ to })}
              fault={faults.to_location_id}
              choices={[
                { value: "", label: t("choose") },
                ...(data ? othersOf(data, of.location_id) : []).map((at) => ({
                  value: at.location_id,
                  label: t("has", { place: at.location_id, units: quantity(at.available_stock, at.unit, at.scale) }),
                })),
              ]}
            />
          )}
          {acts && <Orders of={of} choice={choice} onChange={(orders) => set({ orders })} faults={faults} />}
          <TextField label={t("note")} value={choice.note} onChange={(note) => set({ note })} fault={faults.note} />
        </>
      )}
    </CommandForm>
  );
}

/** The orders that a decision is about, those that have waited least on top. */
function Orders(props: { of: Case; choice: Choice; onChange: (orders: string[]) => void; faults: Faults }) {
  const { t } = useTranslation("case");
  const { of, choice, onChange, faults } = props;
  return (
    <fieldset className="choices">
      <legend>{t("whichOrders")}</legend>
      {(of.orders ?? []).map(({ order_id }) => (
        <label key={order_id}>
          <input
            type="checkbox"
            checked={choice.orders.includes(order_id)}
            onChange={({ target }) =>
              onChange(
                target.checked ? [...choice.orders, order_id] : choice.orders.filter((other) => other !== order_id),
              )
            }
          />{" "}
          <Id>{order_id}</Id>
        </label>
      ))}
      {faults.orders && <small className="fault">{faults.orders}</small>}
    </fieldset>
  );
}
