import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { planTest, planTurn } from "../../parts/flow.ts";

type Source = components["schemas"]["Source"];

interface ActionProps {
  source: Source;
  onClose: () => void;
}

/** The writes of a source. */
export function Actions({ source }: { source: Source }) {
  const { t } = useTranslation("source");
  const running = source.state !== "paused";
  return (
    <CommandButtons
      offers={[
        {
          operation: "PauseSource",
          off: running ? undefined : t("isPaused"),
          form: (onClose) => <Turn operation="PauseSource" source={source} onClose={onClose} />,
        },
        {
          operation: "ResumeSource",
          off: running ? t("isRunning") : undefined,
          form: (onClose) => <Turn operation="ResumeSource" source={source} onClose={onClose} />,
        },
        { operation: "TestSource", form: (onClose) => <Test source={source} onClose={onClose} /> },
      ]}
    />
  );
}

function Turn({ operation, source, onClose }: ActionProps & { operation: "PauseSource" | "ResumeSource" }) {
  const { t } = useTranslation("source");
  return (
    <CommandForm operation={operation} plan={() => planTurn(operation, source)} onClose={onClose}>
      {() => <p>{t(`means.${operation}`)}</p>}
    </CommandForm>
  );
}

function Test({ source, onClose }: ActionProps) {
  const { t } = useTranslation("source");
  return (
    <CommandForm
      operation="TestSource"
      plan={() => planTest("TestSource", source)}
      onClose={onClose}
      result={(answer) => {
        const { reached, error, took_ms } = answer as components["schemas"]["SourceTest"];
        return (
          <p role="status" className={reached ? undefined : "fault"}>
            <bdi>{reached ? t("test.reached", { took: took_ms }) : t("test.failed", { error: error ?? "" })}</bdi>
          </p>
        );
      }}
    >
      {() => <p>{t("means.TestSource")}</p>}
    </CommandForm>
  );
}
