import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { ChoiceField, TextField } from "../../parts/Field.tsx";
import { planRewind, planTest, planTurn, type RewindTo } from "../../parts/flow.ts";

type Sink = components["schemas"]["Sink"];

interface ActionProps {
  sink: Sink;
  onClose: () => void;
}

const places: RewindTo[] = ["time", "start", "now", "position"];

/** The writes of a sink. */
export function Actions({ sink }: { sink: Sink }) {
  const { t } = useTranslation("sink");
  const running = sink.state !== "paused" && sink.state !== "disabled";
  return (
    <CommandButtons
      offers={[
        {
          operation: "PauseSink",
          off: running ? undefined : t("isPaused"),
          form: (onClose) => <Turn operation="PauseSink" sink={sink} onClose={onClose} />,
        },
        {
          operation: "ResumeSink",
          off: running ? t("isRunning") : undefined,
          form: (onClose) => <Turn operation="ResumeSink" sink={sink} onClose={onClose} />,
        },
        { operation: "TestSink", form: (onClose) => <Test sink={sink} onClose={onClose} /> },
        { operation: "RewindSink", form: (onClose) => <Rewind sink={sink} onClose={onClose} /> },
      ]}
    />
  );
}

function Turn({ operation, sink, onClose }: ActionProps & { operation: "PauseSink" | "ResumeSink" }) {
  const { t } = useTranslation("sink");
  return (
    <CommandForm operation={operation} plan={() => planTurn(operation, sink)} onClose={onClose}>
      {() => <p>{t(`means.${operation}`)}</p>}
    </CommandForm>
  );
}

function Test({ sink, onClose }: ActionProps) {
  const { t } = useTranslation("sink");
  return (
    <CommandForm
      operation="TestSink"
      plan={() => planTest("TestSink", sink)}
      onClose={onClose}
      result={(answer) => {
        const { delivered, error, took_ms } = answer as components["schemas"]["SinkTest"];
        return (
          <p role="status" className={delivered ? undefined : "fault"}>
            <bdi>{delivered ? t("test.delivered", { took: took_ms }) : t("test.failed", { error: error ?? "" })}</bdi>
          </p>
        );
      }}
    >
      {() => <p>{t("means.TestSink")}</p>}
    </CommandForm>
  );
}

function Rewind({ sink, onClose }: ActionProps) {
  const { t } = useTranslation("sink");
  const [to, setTo] = useState<RewindTo>("time");
  const [at, setAt] = useState("");
  return (
    <CommandForm operation="RewindSink" plan={() => planRewind(sink, to, at)} onClose={onClose} sure={sink.name}>
      {(faults) => (
        <>
          <ChoiceField
            label={t("rewindTo")}
            value={to}
            onChange={(value) => {
              setTo(value as RewindTo);
              setAt("");
            }}
            choices={places.map((value) => ({ value, label: t(`to.${value}`) }))}
            fault={to === "start" || to === "now" ? faults.to : undefined}
          />
          {(to === "time" || to === "position") && (
            <TextField moment={to === "time"} label={t(`at.${to}`)} value={at} onChange={setAt} fault={faults.to} />
          )}
        </>
      )}
    </CommandForm>
  );
}
