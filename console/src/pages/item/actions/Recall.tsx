import { useQuery } from "@tanstack/react-query";
import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { lots } from "../../../api/itemQueries.ts";
import { quantity } from "../../../format/decimal.ts";
import { CommandForm } from "../../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../../parts/Field.tsx";
import { Answer } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { lotText } from "../../../parts/lots.ts";
import { LotOrders } from "./LotOrders.tsx";
import { lotChoices, planRecall, type RecallFields } from "./recall.ts";

type Listed = components["schemas"]["ListLotsResponse"];
type Recalled = components["schemas"]["RecallLotResponse"];

interface Props {
  id: string;
  loc: string | undefined;
  lift: boolean;
  onClose: () => void;
}

/** Takes lots off sale wherever they are, or lifts a recall. The person has to type which lots. */
export function Recall(props: Props) {
  const { t } = useTranslation("item");
  const asked = useQuery(lots(props.id, undefined));
  return (
    <Answer of={asked} what={t("lots.what")} rows={2}>
      {(data) => <Form {...props} all={data} />}
    </Answer>
  );
}

function Form({ all, loc, lift, onClose }: Props & { all: Listed }) {
  const { t } = useTranslation("item");
  const [fields, setFields] = useState<RecallFields>({ lot: "", location: "", typed: "", reason: "" });
  const set = (changed: Partial<RecallFields>) => setFields({ ...fields, ...changed });
  const choices = lotChoices(all.items, lift);
  const chosen = choices.find((one) => lotText(one) === fields.lot);
  return (
    <>
      <CommandForm
        operation="RecallLot"
        {...(lift ? { name: "LiftRecall" } : {})}
        plan={() => planRecall(all, lift, fields)}
        result={(answer) => <Done of={all} answer={answer as Recalled} />}
        onClose={onClose}
      >
        {(faults) => (
          <>
            <ChoiceField
              label={t("recall.lot")}
              hint={t("recall.lotNote")}
              value={fields.lot}
              onChange={(lot) => set({ lot, typed: "" })}
              fault={faults.lot}
              choices={[
                { value: "", label: "–" },
                ...choices.map((one) => ({ value: lotText(one), label: lotText(one) })),
              ]}
            />
            <ChoiceField
              label={t("recall.where")}
              value={fields.location}
              onChange={(location) => set({ location })}
              choices={[
                { value: "", label: t("recall.everywhere") },
                ...(loc ? [{ value: loc, label: t("recall.onlyAt", { place: loc }) }] : []),
              ]}
            />
            <TextField
              label={t("recall.reason")}
              value={fields.reason}
              onChange={(reason) => set({ reason })}
              fault={faults.reason}
            />
            {chosen && (
              <TextField
                label={t("recall.type", { lot: fields.lot })}
                value={fields.typed}
                onChange={(typed) => set({ typed })}
                fault={faults.typed}
              />
            )}
            {all.next_page_token && <p>{t("recall.more", { count: all.items.length })}</p>}
          </>
        )}
      </CommandForm>
      {chosen && !lift && <LotOrders of={all} lot={chosen} location={fields.location} />}
    </>
  );
}

/** The effect of the recall at each place. */
function Done({ of, answer }: { of: Listed; answer: Recalled }) {
  const { t } = useTranslation("item");
  return (
    <ul className="plain-list">
      {answer.items.map((row) => (
        <li key={`${row.location_id} ${lotText(row.lot)}`}>
          <Id>{`${lotText(row.lot)} · ${row.location_id}`}</Id>:{" "}
          {t(row.recalled ? "recall.taken" : "recall.back", {
            units: quantity(row.quantity, of.unit, of.scale),
            held: quantity(row.held, of.unit, of.scale),
          })}
        </li>
      ))}
    </ul>
  );
}
