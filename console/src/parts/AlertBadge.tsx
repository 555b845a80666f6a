import { useTranslation } from "react-i18next";
import { type AlertState, type Severity, severityShapes, stateShapes } from "./alerts.ts";

export function AlertBadge({ state }: { state: AlertState }) {
  const { t } = useTranslation("app");
  return (
    <span className="badge">
      <span aria-hidden="true">{stateShapes[state]}</span> {t(`alert.state.${state}`)}
    </span>
  );
}

export function SeverityBadge({ severity }: { severity: Severity }) {
  const { t } = useTranslation("app");
  return (
    <span className="badge">
      <span aria-hidden="true">{severityShapes[severity]}</span> {t(`alert.severity.${severity}`)}
    </span>
  );
}
