import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useWho } from "../../api/queries.ts";
import type { TransferFilter } from "../../api/transferQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { Page } from "../../parts/Frame.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { Column } from "./Board.tsx";
import { RequestForm } from "./Request.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("transfers", { en, zh });

const route = getRouteApi("/places/transfers");

const underway = ["requested", "approved", "in_transit"] as const;
const over = ["received", "cancelled"] as const;

/** The board: transfers under way by their state, or those that are over. */
export function TransfersPage() {
  const { t } = useTranslation("transfers");
  const { state, loc } = route.useSearch();
  const { data: who } = useWho();
  const navigate = useNavigate();
  // A key that is bound to places has to name one of them.
  const place = loc ?? who?.locations?.[0];
  const shown: readonly TransferFilter["state"][] = state === "over" ? over : underway;
  const set = (changed: { state?: string | undefined; loc?: string | undefined }) => {
    const next = Object.entries({ state, loc, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/places/transfers", search: Object.fromEntries(next) });
  };
  return (
    <Page title={t("title")} name={t("title")} purpose={t("purpose")} guide="transfers">
      <div className="limited">
        <CommandButtons
          offers={[{ operation: "CreateTransfer", form: (onClose) => <RequestForm onClose={onClose} /> }]}
        />
        <search className="filters">
          <PlaceSelect value={place} onChange={(next) => set({ loc: next })} />
          <select
            className="choice-of"
            aria-label={t("shown")}
            value={state ?? ""}
            onChange={(event) => set({ state: event.target.value || undefined })}
          >
            <option value="">{t("underway")}</option>
            <option value="over">{t("over")}</option>
          </select>
        </search>
        {who && (
          <div className="board">
            {shown.map((one) => (
              <Column key={one} state={one} place={place} />
            ))}
          </div>
        )}
      </div>
    </Page>
  );
}
