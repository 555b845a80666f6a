import { Alert } from "antd";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { server } from "../../app/base.ts";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { Copyable } from "../../parts/Copyable.tsx";
import { Time } from "../../parts/Time.tsx";
import type { Till } from "../../parts/tills.ts";
import { pairCommand, planCode } from "./plans.ts";

type Made = components["schemas"]["TillCode"];

/** Makes a code that pairs a machine with the till. */
export function Code({ of, onClose }: { of: Till; onClose: () => void }) {
  const { t } = useTranslation("till");
  return (
    <CommandForm
      operation="CreateTillCode"
      plan={() => planCode(of, new Date())}
      onClose={onClose}
      result={(answer) => <Shown made={answer as Made} />}
    >
      {() => <p>{t("will.code")}</p>}
    </CommandForm>
  );
}

/** The code, shown only once, and the command to type with it. */
function Shown({ made }: { made: Made }) {
  const { t } = useTranslation(["till", "app"]);
  if (!made.code) return <Alert className="frame" type="warning" role="alert" title={t("till:code.lost")} />;
  return (
    <div className="frame once">
      <p>
        <strong>{t("app:once.title")}</strong> {t("till:code.until")} <Time at={made.expires_at} relative />
      </p>
      <Copyable text={made.code} label={t("till:code.of")} />
      <p>{t("till:code.type")}</p>
      <Copyable text={pairCommand(server, made.code)} label={t("till:code.command")} />
    </div>
  );
}
