import { useTranslation } from "react-i18next";
import { badges, type ItemState } from "../states.ts";

export function StateBadge({ state }: { state: ItemState }) {
  const { t } = useTranslation("app");
  return (
    <span className="badge">
      <span aria-hidden="true" style={{ color: `var(--state-${state})` }}>
        {badges[state].shape}
      </span>{" "}
      {t(`state.${state}`)}
    </span>
  );
}
